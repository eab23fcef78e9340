import type { Schemas } from '#qdrant-client'
import type { PointId } from '../../document.js'
import { StoreError } from '../../errors.js'
import { rejectUnknownOptions, requireCount, requireList, requireObject } from '../../options.js'
import { parsePointId } from '../request/point-id.js'
import type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  PayloadIndexSchema,
  Point,
  PointReadOptions,
  QueryRequest,
  Retry,
  ScrolledPage,
  ScrollOptions,
  Store,
  StoreAliases,
  StoredPoint,
} from '../store.js'
import { readFields, toHits, toScrolledPage, toStoredPoint } from '../stored-point.js'
import { BulkLoad } from './load/bulk-load.js'
import { LOAD_CONCURRENCY, type LoadCalls, LoadSession } from './load/load-session.js'
import { waitUntilGreen } from './load/wait-until-green.js'
import { QDRANT_STORE_OPTIONS, type QdrantStoreOptions } from './qdrant-store-options.js'
import { serverAliases } from './server-aliases.js'
import { type UploadSummary, uploadPoints } from './upload/upload.js'
import type { BatchLimits } from './upload/upload-batch.js'
import { UPLOAD_DEFAULTS, type UploadOptions } from './upload/upload-options.js'
import { checkPoints, upsertByUpload } from './upload/upsert-by-upload.js'
import { halfRowVectors, readDescription, readVectorShape } from './wire/collection-shape.js'
import { readEndpoint } from './wire/endpoint.js'
import { readLoadRecord } from './wire/load-record.js'
import { READ_RETRIES, RetryingSender, systemClock } from './wire/retry.js'
import { collectionPath, pointsPath, ServerCalls } from './wire/server-calls.js'
import { readServerVersion } from './wire/server-version.js'
import { Transport } from './wire/transport.js'

/** Upserts of a load that are in flight at once: with the requests of each, as many streams as an upload has. */
const UPSERT_STREAMS = UPLOAD_DEFAULTS.concurrency / LOAD_CONCURRENCY

const COUNTS = ['timeoutMs', 'firstAnswerTimeoutMs', 'attempts', 'connectTimeoutMs', 'giveUpAfterMs'] as const

/** Tries of a request for which somebody waits. */
const FEW_ATTEMPTS = 4

/** Ids of one retrieve: their vectors come back in one answer. */
const RETRIEVED_IDS = 500

/**
 * Connects to a Qdrant server (1.16 or later) and checks its version; the API key is first needed by the first call.
 * @throws StoreError `STORE_UNREACHABLE`, `SERVER_UNKNOWN`, `SERVER_TOO_OLD`
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export async function openQdrantStore(options: QdrantStoreOptions): Promise<QdrantStore> {
  rejectUnknownOptions(options, QDRANT_STORE_OPTIONS, 'openQdrantStore')
  for (const name of COUNTS) requireCount('openQdrantStore', name, options[name])
  const transport = new Transport(await readEndpoint(options))
  const { timeoutMs = 60_000, firstAnswerTimeoutMs = 10_000, clock = systemClock, giveUpAfterMs } = options
  const { attempts = FEW_ATTEMPTS } = options
  const first = new RetryingSender(transport, {
    ...READ_RETRIES,
    attempts,
    clock,
    giveUpAfterMs: firstAnswerTimeoutMs,
  })
  try {
    const answer = await first.send({ method: 'GET', path: '/', timeoutMs: Math.min(timeoutMs, firstAnswerTimeoutMs) })
    const version = readServerVersion(answer, transport.location)
    return new QdrantStore(transport, version, {
      ...options,
      timeoutMs,
      clock,
      attempts: options.attempts ?? (giveUpAfterMs === undefined ? FEW_ATTEMPTS : Number.POSITIVE_INFINITY),
    })
  } catch (error) {
    transport.close()
    throw error instanceof StoreError && error.code === 'STORE_TIMEOUT'
      ? hangs(transport, firstAnswerTimeoutMs, error)
      : error
  }
}

function hangs({ location }: Transport, ms: number, cause: StoreError): StoreError {
  const message = `${location}: there is a connection, but no answer within ${ms / 1000} s. Is this a Qdrant server (REST port 6333), and is it up?`
  return new StoreError('STORE_TIMEOUT', message, { status: cause.status, cause })
}

type OpenOptions = QdrantStoreOptions & Required<Pick<QdrantStoreOptions, 'timeoutMs' | 'clock' | 'attempts'>>

/** A self-hosted Qdrant server over REST. */
export class QdrantStore implements Store {
  readonly location: string
  readonly serverVersion: string
  readonly upsertStreams = UPSERT_STREAMS
  readonly aliases: StoreAliases
  readonly #transport: Transport
  readonly #calls: ServerCalls
  readonly #options: OpenOptions
  readonly #uploadOptions: UploadOptions
  /** Merged into every request about points. */
  readonly #scope: { readonly shard_key?: string | number }
  readonly #loads = new Map<string, LoadSession>()
  /** Called before a request is sent again. */
  onRetry: ((retry: Retry) => void) | null = null
  #retries = 0

  /** Use {@link openQdrantStore}. */
  constructor(transport: Transport, serverVersion: string, options: OpenOptions) {
    const { clock, ordering, shardKey, upload, attempts, timeoutMs, giveUpAfterMs } = options
    const patience = giveUpAfterMs === undefined ? {} : { giveUpAfterMs }
    const policy = { ...READ_RETRIES, ...patience, attempts, clock }
    const sender = new RetryingSender(transport, { ...policy, onRetry: (retry) => this.#countRetry(retry) })
    this.location = transport.location
    this.serverVersion = serverVersion
    this.#transport = transport
    this.#calls = new ServerCalls(transport.location, sender, timeoutMs)
    this.aliases = serverAliases(this.#calls)
    this.#options = options
    this.#scope = shardKey === undefined ? {} : { shard_key: shardKey }
    this.#uploadOptions = {
      clock,
      ...patience,
      ...(ordering && { ordering }),
      ...(shardKey !== undefined && { shardKey }),
      ...upload,
    }
  }

  /** Requests that had to be sent again so far, those of uploads that failed included. */
  get retries(): number {
    return this.#retries
  }

  #countRetry(retry: Retry): void {
    this.#retries++
    this.onRetry?.(retry)
  }

  async createCollection(collection: string, config: CollectionConfig): Promise<void> {
    await this.#calls.call('PUT', collectionPath(collection), config, { isRepeatable: false })
  }

  async describeCollection(collection: string): Promise<CollectionDescription | null> {
    try {
      const info = await this.#calls.readInfo(collection)
      return readDescription(info, await this.#calls.countAll(collection))
    } catch (error) {
      if ((error as { code?: string }).code === 'COLLECTION_MISSING') return null
      throw error
    }
  }

  readonly updateMetadata: NonNullable<Store['updateMetadata']> = (collection, metadata) =>
    this.#calls.updateCollection(collection, { metadata })

  listCollections(): Promise<string[]> {
    return this.#calls.listCollections()
  }

  async deleteCollection(collection: string): Promise<void> {
    await this.#calls.call('DELETE', collectionPath(collection))
  }

  async createPayloadIndex(collection: string, field: string, schema: PayloadIndexSchema): Promise<void> {
    const body = { field_name: field, field_schema: schema }
    await this.#calls.call('PUT', `${collectionPath(collection)}/index?wait=true`, body)
  }

  /** From here on upserts are written down by the server and checked, rather than waited for; graphs are turned off by `bulk`. */
  async beginLoad(collection: string): Promise<void> {
    if (this.#loads.has(collection)) return
    const { shardKey, bulk: mode = 'auto' } = this.#options
    if (shardKey !== undefined) await this.#calls.createShardKey(collection, shardKey)
    const bulk = this.#bulkLoad(collection)
    await bulk.begin(mode)
    const { batchBytes = UPLOAD_DEFAULTS.batchBytes, batchPoints = UPLOAD_DEFAULTS.batchPoints } = this.#uploadOptions
    const shape = readVectorShape((await this.#calls.readInfo(collection)).config)
    const calls: LoadCalls = {
      location: this.location,
      random: () => this.#options.clock.random(),
      limits: { bytes: batchBytes, points: batchPoints, halves: halfRowVectors(shape) },
      upload: (points, options, limits) => this.#upload(collection, points, options, limits),
      findIds: async (ids) => (await this.retrieve(collection, ids, { payload: false })).map(({ id }) => id),
    }
    this.#loads.set(collection, new LoadSession(calls, shape, bulk))
  }

  #bulkLoad(collection: string): BulkLoad {
    const { loader = 'all', clock } = this.#options
    const read = () => this.#calls.readInfo(collection)
    return new BulkLoad({ read, patch: (changes) => this.#calls.updateCollection(collection, changes) }, loader, clock)
  }

  async endLoad(collection: string, { isPart = false }: { readonly isPart?: boolean } = {}): Promise<void> {
    const session = this.#loads.get(collection)
    if (isPart) return session?.verify()
    this.#loads.delete(collection)
    await (session?.bulk ?? this.#bulkLoad(collection)).end()
    await session?.verify()
  }

  async readLoaders(collection: string): Promise<string[]> {
    const { metadata } = (await this.#calls.readInfo(collection)).config
    return [...(readLoadRecord(metadata)?.leases.keys() ?? [])]
  }

  /** Waits until the server has indexed everything. @throws StoreError `STORE_FAILED`; the signal's reason when aborted */
  waitUntilGreen(collection: string, signal?: AbortSignal): Promise<void> {
    const where = `Collection "${collection}" in ${this.location}`
    return waitUntilGreen(() => this.#calls.readInfo(collection), where, this.#options.clock, signal)
  }

  /**
   * Checks all points against the collection, then stores them; `points` may take several requests. In a load, see {@link LoadSession}.
   * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, `VECTOR_KIND`: nothing is written
   * @throws StoreError `COLLECTION_MISSING`, `VECTOR_UNKNOWN`
   * @throws UploadError `UPLOAD_INCOMPLETE`: some of the points are written, `failed` names the others
   */
  async upsert(collection: string, points: readonly Point[]): Promise<void> {
    if (requireList('QdrantStore', 'points', points).length === 0) return
    const session = this.#loads.get(collection)
    if (session !== undefined) return session.upsert(points)
    const typed = checkPoints(points, readVectorShape((await this.#calls.readInfo(collection)).config))
    await upsertByUpload(typed, this.location, (source) => this.uploadPoints(collection, source))
  }

  /** Stores a stream of points, see {@link uploadPoints}. `options` take precedence over those that the store was opened with. */
  async uploadPoints(
    collection: string,
    points: Iterable<Point> | AsyncIterable<Point>,
    options: UploadOptions = {},
  ): Promise<UploadSummary> {
    return this.#upload(collection, points, options)
  }

  #upload(
    collection: string,
    points: Iterable<Point> | AsyncIterable<Point>,
    options: UploadOptions,
    limits?: BatchLimits,
  ): Promise<UploadSummary> {
    const shared = { ...(limits && { limits }), onRetry: (retry: Retry) => this.#countRetry(retry) }
    return uploadPoints(this.#transport, collection, points, { ...this.#uploadOptions, ...options }, shared)
  }

  async delete(collection: string, ids: readonly PointId[]): Promise<void> {
    if (requireList('QdrantStore', 'ids', ids).length === 0) return
    this.#loads.get(collection)?.forget(ids)
    const ordering = this.#options.ordering === undefined ? '' : `&ordering=${this.#options.ordering}`
    const body = { points: ids, ...this.#scope }
    await this.#calls.call('POST', `${pointsPath(collection)}/delete?wait=true${ordering}`, body)
  }

  async retrieve(collection: string, ids: readonly PointId[], options: PointReadOptions = {}): Promise<StoredPoint[]> {
    requireList('QdrantStore', 'ids', ids)
    requireObject('QdrantStore', 'options', options)
    const found = new Map<PointId, StoredPoint>()
    for (let begin = 0; begin < ids.length; begin += RETRIEVED_IDS) {
      const body = { ids: ids.slice(begin, begin + RETRIEVED_IDS), ...readFields(options), ...this.#scope }
      for (const record of await this.#calls.call<Schemas['Record'][]>('POST', pointsPath(collection), body)) {
        found.set(record.id, toStoredPoint(record))
      }
    }
    return [...new Set(ids.map(parsePointId))].flatMap((id) => found.get(id) ?? [])
  }

  async scroll(collection: string, options: ScrollOptions): Promise<ScrolledPage> {
    const { filter, limit, offset } = requireObject('QdrantStore', 'options', options)
    const body = { filter, limit, offset, ...readFields(options), ...this.#scope }
    const page = await this.#calls.find<Schemas['ScrollResult']>(`${pointsPath(collection)}/scroll`, body)
    return toScrolledPage(page)
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    const body = { filter, exact: true, ...this.#scope }
    return (await this.#calls.find<Schemas['CountResult']>(`${pointsPath(collection)}/count`, body)).count
  }

  async query(collection: string, request: QueryRequest): Promise<Hit[]> {
    const body = { ...request, ...this.#scope }
    return toHits(await this.#calls.find<Schemas['QueryResponse']>(`${pointsPath(collection)}/query`, body))
  }

  async queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]> {
    if (requireList('QdrantStore', 'requests', requests).length === 0) return []
    const path = `${pointsPath(collection)}/query/batch`
    const searches = requests.map((request) => ({ ...request, ...this.#scope }))
    return (await this.#calls.find<Schemas['QueryResponse'][]>(path, { searches })).map(toHits)
  }

  async close(): Promise<void> {
    this.#transport.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
