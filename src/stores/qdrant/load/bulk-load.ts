import type { Schemas } from '#qdrant-client'
import type { StoreError } from '../../../errors.js'
import {
  type HnswPatch,
  LOAD_KEY,
  loaderKey,
  readHnswPatch,
  readLoadRecord,
  withoutLinks,
} from '../wire/load-record.js'
import type { Clock } from '../wire/retry.js'

/** After this time without a sign of life a loader counts as dead. */
const LEASE_MS = 15 * 60_000

/** Requests about one collection. */
export interface CollectionSettingsCalls {
  read(): Promise<Schemas['CollectionInfo']>
  patch(body: object): Promise<void>
}

/** `auto`: where the collection is empty, or another loader has begun. */
export type BulkMode = 'auto' | 'on' | 'off'

/**
 * No HNSW graphs while a collection is loaded (`m: 0`, which Qdrant recommends over a raised `indexing_threshold`: it takes less memory), put back at the end.
 *
 * What is to be put back is in the collection's metadata (`offgrid.load`) before anything is changed, so that any later load puts it back after a crash.
 * Each loader keeps a lease in a key of its own, by a name that is the same when its run is repeated; the graphs come back when a loader ends and no other
 * has a lease. Keys of metadata are merged one by one, hence loaders never write over each other, and the server applies metadata after all other changes
 * of a request, so that the record goes only when the graphs are back.
 *
 * @see https://qdrant.tech/documentation/database-tutorials/bulk-upload/
 */
export class BulkLoad {
  readonly #calls: CollectionSettingsCalls
  readonly #loader: string
  readonly #clock: Clock
  /** What this loader has turned off; null where it did not. */
  #restore: HnswPatch | null = null
  #renewAt = 0

  /** @param loader the same for a run that is repeated, another for each run beside it */
  constructor(calls: CollectionSettingsCalls, loader: string, clock: Clock) {
    this.#calls = calls
    this.#loader = loader
    this.#clock = clock
  }

  /** Turns the graphs off, where the mode says so and there are any. A key that may not change settings is no error of `auto`. */
  async begin(mode: BulkMode): Promise<void> {
    if (mode === 'off') return
    const { config, points_count: points } = await this.#calls.read()
    const record = readLoadRecord(config.metadata)
    if (mode === 'auto' && record === null && (points ?? 0) > 0) return
    const restore = record?.restore ?? readHnswPatch(config)
    if (restore === null) return
    try {
      await this.#calls.patch({ metadata: { [LOAD_KEY]: restore, ...this.#entry(restore) } })
      await this.#calls.patch(withoutLinks(restore))
    } catch (error) {
      if (mode === 'auto' && (error as StoreError).code === 'STORE_FORBIDDEN') return
      throw error
    }
    this.#restore = restore
  }

  /** To be called now and then, so that nobody takes this loader for dead. */
  async renew(): Promise<void> {
    if (this.#restore === null || this.#clock.now() < this.#renewAt) return
    await this.#calls.patch({ metadata: this.#entry(this.#restore) })
  }

  /** Ends this loader's part, and puts the graphs back unless another is still loading. Without {@link begin}, it does so for those that died. */
  async end(): Promise<void> {
    const own = loaderKey(this.#loader)
    this.#restore = null
    let record = readLoadRecord((await this.#calls.read()).config.metadata)
    if (record === null) return
    if (record.leases.has(this.#loader)) {
      await this.#calls.patch({ metadata: { [LOAD_KEY]: record.restore, [own]: null } })
      record = readLoadRecord((await this.#calls.read()).config.metadata)
      if (record === null) return // another one ended at the same time
    }
    const others = [...record.leases].filter(([loader]) => loader !== this.#loader)
    if (others.some(([, until]) => until > this.#clock.now())) return
    const dead = others.map(([loader]) => [loaderKey(loader), null])
    await this.#calls.patch({ ...record.restore, metadata: { [LOAD_KEY]: null, ...Object.fromEntries(dead) } })
  }

  #entry(restore: HnswPatch): Record<string, unknown> {
    const now = this.#clock.now()
    this.#renewAt = now + LEASE_MS / 4
    return { [loaderKey(this.#loader)]: { until: new Date(now + LEASE_MS).toISOString(), restore } }
  }
}
