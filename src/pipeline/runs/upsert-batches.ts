import type { PointId } from '../../document.js'
import { UpsertWindow } from './upsert-window.js'

/** Points that go to a store in one batch, unless their vectors fill `BATCH_BYTES` first. */
const BATCH_POINTS = 256
const BATCH_BYTES = 8 * 1024 * 1024

export interface UpsertBatchesOptions<Item> {
  /** Batches that the store takes at once with profit. */
  readonly streams: number
  readonly idOf: (item: Item) => PointId
  /** About how large the item's point is. */
  readonly bytesOf: (item: Item) => number
  /** Stores a batch. */
  readonly upsert: (batch: readonly Item[]) => Promise<void>
}

/** Collects what becomes points and stores it in batches, several at once; of two points of an id the later one wins. */
export class UpsertBatches<Item> {
  readonly #options: UpsertBatchesOptions<Item>
  readonly #window: UpsertWindow
  #batch: Item[] = []
  #bytes = 0

  constructor(options: UpsertBatchesOptions<Item>) {
    this.#options = options
    this.#window = new UpsertWindow(options.streams)
  }

  /** @throws the first failure of a batch before */
  async add(item: Item): Promise<void> {
    this.#batch.push(item)
    this.#bytes += this.#options.bytesOf(item)
    if (this.#batch.length >= BATCH_POINTS || this.#bytes >= BATCH_BYTES) await this.#send()
  }

  /** Stores what is left and waits for all that is under way. @throws the first failure of a batch */
  async flush(): Promise<void> {
    await this.#send()
    await this.#window.settle()
  }

  /** Waits for all that is under way, whatever comes of it. */
  idle(): Promise<void> {
    return this.#window.idle()
  }

  async #send(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#bytes = 0
    if (batch.length > 0) await this.#window.add(batch.map(this.#options.idOf), () => this.#options.upsert(batch))
  }
}
