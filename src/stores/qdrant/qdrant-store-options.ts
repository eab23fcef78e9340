import type { Schemas } from '#qdrant-client'
import type { BulkMode } from './load/bulk-load.js'
import type { UploadOptions } from './upload/upload-options.js'
import type { EndpointOptions } from './wire/endpoint.js'
import type { Clock } from './wire/retry.js'

/** Where a Qdrant server is, and how it is talked to. */
export interface QdrantStoreOptions extends EndpointOptions {
  /** Of one try of a request. @default 60_000 */
  readonly timeoutMs?: number
  /** The server is given up when it has not answered the very first request after this time, all tries together. @default 10_000 */
  readonly firstAnswerTimeoutMs?: number
  /** Tries of a request that can be repeated, all but creating a collection. @default 4, and with `giveUpAfterMs` no limit */
  readonly attempts?: number
  /** One request is given up after this time, all its tries together: so long may the server be gone. @default 120_000, of uploads 600_000 */
  readonly giveUpAfterMs?: number
  /** How {@link QdrantStore.upsert} uploads. */
  readonly upload?: UploadOptions
  /** Whether graphs are turned off between `beginLoad` and `endLoad`, see {@link BulkLoad}. @default 'auto' */
  readonly bulk?: BulkMode
  /** Name of this loader among those that load one collection at once; the same when its run is repeated. @default 'all' */
  readonly loader?: string
  /** How a cluster orders writes of several clients to one point. @default the server's, weak */
  readonly ordering?: Schemas['WriteOrdering']
  /** The one shard key of a collection with custom sharding that this store reads and writes. `beginLoad` makes it. @default none */
  readonly shardKey?: string | number
  /** @default the system's clock */
  readonly clock?: Clock
}

/** Names of all options. */
export const QDRANT_STORE_OPTIONS: readonly (keyof QdrantStoreOptions)[] = [
  'url',
  'apiKey',
  'apiKeyFile',
  'caFile',
  'connectTimeoutMs',
  'timeoutMs',
  'firstAnswerTimeoutMs',
  'attempts',
  'giveUpAfterMs',
  'upload',
  'bulk',
  'loader',
  'ordering',
  'shardKey',
  'clock',
]
