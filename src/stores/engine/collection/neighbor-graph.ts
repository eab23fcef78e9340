import type { PointTable } from '../../table/point-table.js'
import type { HnswSettings } from './hnsw-settings.js'
import { NeighborGraphFile } from './neighbor-graph-file.js'
import { type NeighborIndex, neighborIndexClass } from './neighbor-index.js'

/** Candidates of a search, if the request does not say: of a million clustered vectors 128 found 0.92 to 0.96 of the ten nearest, 512 0.98. */
export const DEFAULT_EF = 512

/** Half precision: half the memory of float32 and faster, with the same recall; scores do not depend on it. */
const SCALARS = 'f16'

/** Vectors that each thread adds without a pause for other work: few beside queries, more where the caller waits for them. */
const BATCH_VECTORS = 16
const BATCH_VECTORS_WAITED_FOR = 64

/** Newer slots than these and this part of all are not compared one by one: the graph has to grow first. */
const LARGEST_TAIL = 4096
const LARGEST_TAIL_PART = 1 / 64

/** A graph whose making was stopped is saved if so many vectors would have to be added again. */
const WORTH_SAVING = 20_000

/**
 * A graph in which the neighbours of a vector are found without comparing all. It covers the slots up to some number;
 * it grows beside the queries, a few vectors at a time, and is kept in a file where the table has a place for one.
 * @see Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using HNSW graphs, 2018
 */
export class NeighborGraph {
  readonly #table: PointTable
  readonly #name: string
  readonly #settings: HnswSettings
  readonly #file: NeighborGraphFile | null
  #index: NeighborIndex | null = null
  #covered = 0
  #opening: Promise<void> | null = null
  #growing: Promise<void> | null = null
  #isClosed = false
  /** Whether the platform has no binary of usearch, so that there will be no graph. */
  #isImpossible = false

  constructor(table: PointTable, name: string, settings: HnswSettings) {
    this.#table = table
    this.#name = name
    this.#settings = settings
    const place = table.graphFile(name)
    this.#file = place && new NeighborGraphFile(place, settings, table)
  }

  /** Slots from this one on are not in the graph. */
  get covered(): number {
    return this.#covered
  }

  /** Resolves when the saved graph can be searched, if there is one. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /**
   * The slots before {@link covered} that are probably nearest to a vector, of every state; null until the graph covers
   * enough of all, which this call sets about.
   */
  search(query: Float32Array, count: number): number[] | null {
    if (!this.#isReady()) {
      // a failure shows in the next `grow` that is waited for; the caller compares all vectors
      this.grow().catch(() => undefined)
      return null
    }
    const { keys } = this.#index!.search(query, count, 1)
    // a graph that is in memory grows while it is searched
    return Array.from(keys, Number).filter((slot) => slot < this.#covered)
  }

  /**
   * Resolves when the graph covers the slots that there are now, is closed, or the platform has no binary of usearch.
   * @param threads that add vectors; more than one where nothing else is to be done meanwhile
   * @throws Error where the file cannot be written
   */
  async grow(threads = 1): Promise<void> {
    const { slotCount } = this.#table
    do {
      this.#growing ??= this.#grow(threads).finally(() => {
        this.#growing = null
      })
      await this.#growing
    } while (this.#covered < slotCount && !this.#isClosed && !this.#isImpossible)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#growing?.catch(() => undefined)
    this.#index = null
  }

  #isReady(): boolean {
    const { slotCount } = this.#table
    const tail = slotCount - this.#covered
    return this.#index !== null && tail <= Math.max(LARGEST_TAIL, slotCount * LARGEST_TAIL_PART)
  }

  async #open(): Promise<void> {
    if (!this.#file) return
    const create = this.#indexFactory()
    if (!create) return
    const mapped = create()
    this.#use(mapped, await this.#file.open(mapped))
  }

  async #grow(threads: number): Promise<void> {
    await this.open()
    if (this.#isClosed || this.#covered === this.#table.slotCount) return
    const create = this.#indexFactory()
    if (!create) return
    let index = this.#index
    let start = this.#covered
    if (this.#file || !index) {
      index = create()
      start = (await this.#file?.load(index)) ?? 0
      // what could not be loaded may have left something behind
      if (start === 0) index = create()
    }
    const end = await this.#addSlots(index, start, threads)
    const isDone = !this.#isClosed
    if (this.#file?.isWritable && (isDone || end - start >= WORTH_SAVING)) {
      await this.#file.save(index, end)
      const mapped = create()
      if (isDone && (await this.#file.open(mapped)) === end) return this.#use(mapped, end)
    }
    if (isDone) this.#use(index, end)
  }

  #use(index: NeighborIndex, covered: number): void {
    if (covered === 0) return
    this.#index = index
    this.#covered = covered
  }

  #indexFactory(): (() => NeighborIndex) | null {
    const Index = neighborIndexClass()
    if (!Index) {
      this.#isImpossible = true
      return null
    }
    const { metric, dimension, m, efConstruct } = this.#settings
    return () =>
      new Index({
        dimensions: dimension,
        metric,
        quantization: SCALARS,
        connectivity: m,
        expansion_add: efConstruct,
        expansion_search: 0,
        multi: false,
      })
  }

  /** Adds the vectors of the live slots from one on, pausing after each few. @returns the slot before which all are added */
  async #addSlots(index: NeighborIndex, start: number, threads: number): Promise<number> {
    const column = this.#table.dense(this.#name)
    // slots that come while this runs are for the next time
    const end = this.#table.slotCount
    const batch = threads === 1 ? BATCH_VECTORS : threads * BATCH_VECTORS_WAITED_FOR
    for (const { firstSlot, count, values } of column.blocks(start)) {
      const rowCount = Math.min(count, end - firstSlot)
      for (let first = 0; first < rowCount; first += batch) {
        const length = Math.min(batch, rowCount - first)
        const rows = Array.from({ length }, (_, i) => first + i).filter((row) => {
          return column.has(firstSlot + row) && this.#table.state(firstSlot + row) === 'live'
        })
        const keys = BigUint64Array.from(rows, (row) => BigInt(firstSlot + row))
        if (rows.length > 0) index.add(keys, rowsOf(values, rows, column.dimension), threads)
        await new Promise((resolve) => setImmediate(resolve))
        if (this.#isClosed) return firstSlot + first + length
      }
    }
    return end
  }
}

/** Some rows behind each other, float32 [rows.length, dimension]. */
function rowsOf(values: Float32Array, rows: readonly number[], dimension: number): Float32Array {
  const picked = new Float32Array(rows.length * dimension)
  for (const [i, row] of rows.entries()) {
    picked.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension)
  }
  return picked
}
