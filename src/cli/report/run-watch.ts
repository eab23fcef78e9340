import type { InputRecord } from '../../inputs/input-record.js'
import type { EncoderPool } from '../../pool/encoder-pool.js'
import type { Retry, Store } from '../../stores/store.js'

/** What a run says of itself while it goes on. */
export interface RunFigures {
  readonly documents: number
  readonly points: number
  readonly unchanged: number
  readonly rejected: number
  readonly tokens: number
  readonly cutTokens: number
  /** Batches that were stored. */
  readonly batches: number
  /** Batches that were tried again because a worker ended, and requests to a server. */
  readonly retries: number
  /** Pieces of the documents in a worker, and those that wait for one. */
  readonly working: number
  readonly waiting: number
  readonly rssBytes: number
  /** Time spent by stage; `encode` is that of all workers together. */
  readonly seconds: { readonly read: number; readonly encode: number; readonly store: number }
}

/** The counts that the pipeline itself reports. */
export type PipelineCounts = Omit<
  RunFigures,
  'batches' | 'retries' | 'working' | 'waiting' | 'rssBytes' | 'seconds' | 'rejected'
> & { readonly failed: number }

/** Parts in a queue, by their state. */
export type PartCounts = Readonly<Record<'working' | 'waiting' | 'setAside', number>>

const NO_COUNTS: PipelineCounts = { documents: 0, points: 0, unchanged: 0, failed: 0, tokens: 0, cutTokens: 0 }

/** Measures a run from outside: the reading of its input, the pool, and the writes to its store. */
export class RunWatch {
  /** As the pipeline last reported them. */
  counts: PipelineCounts = NO_COUNTS
  /** The pool that encodes; null where nothing is computed. */
  pool: EncoderPool | null = null
  /** Reads how many parts of a queue there are; null where there is none. */
  readParts: (() => Promise<PartCounts>) | null = null
  /** Called before a request to a server is sent again. */
  onRetry: ((retry: Retry) => void) | null = null
  /** Called after each batch that was stored. */
  readonly #onBatch: (points: number, seconds: number) => void
  #retries = 0
  #batches = 0
  #readSeconds = 0
  #storeSeconds = 0

  constructor(onBatch: (points: number, seconds: number) => void = () => {}) {
    this.#onBatch = onBatch
  }

  get figures(): RunFigures {
    const { failed, ...counts } = this.counts
    const { working, waiting, seconds, deaths } = this.pool?.activity ?? {
      working: 0,
      waiting: 0,
      seconds: 0,
      deaths: 0,
    }
    return {
      ...counts,
      rejected: failed,
      batches: this.#batches,
      retries: deaths + this.#retries,
      working,
      waiting,
      rssBytes: process.memoryUsage.rss(),
      seconds: { read: this.#readSeconds, encode: seconds, store: this.#storeSeconds },
    }
  }

  /** The records, their reading timed. */
  async *watchRecords(records: AsyncIterable<InputRecord[]>): AsyncGenerator<InputRecord[]> {
    let started = performance.now()
    for await (const batch of records) {
      this.#readSeconds += (performance.now() - started) / 1000
      yield batch
      started = performance.now()
    }
    this.#readSeconds += (performance.now() - started) / 1000
  }

  /** Listens to what the store sends again. */
  watchStore(store: Store): void {
    store.onRetry = (retry) => {
      this.#retries += 1
      this.onRetry?.(retry)
    }
  }

  /** Counts and times a batch that went to the store; to be given to what stores it. */
  readonly onUpsert = (points: number, seconds: number): void => {
    this.#storeSeconds += seconds
    this.#batches += 1
    this.#onBatch(points, seconds)
  }
}
