import { getOrMake } from '../../get-or-make.js'
import { withRoom } from '../../vectors/with-room.js'
import type { Multivector, SparseVector } from '../../vectors.js'
import type { DenseColumn, MultivectorColumn, SparseColumn } from './point-table.js'

/** Slots of a block: rows are allocated in blocks, so that growing never copies what is there. */
const BLOCK_SLOTS = 1024

export class MemoryDenseColumn implements DenseColumn {
  readonly dimension: number
  /** By block number; undefined where no slot of the block has the vector. */
  readonly #blocks: (Float32Array | undefined)[] = []
  readonly #present: boolean[] = []

  constructor(dimension: number) {
    this.dimension = dimension
  }

  put(slot: number, vector: Float32Array): void {
    const number = Math.floor(slot / BLOCK_SLOTS)
    this.#blocks[number] ??= new Float32Array(BLOCK_SLOTS * this.dimension)
    this.#blocks[number].set(vector, (slot % BLOCK_SLOTS) * this.dimension)
    this.#present[slot] = true
  }

  has(slot: number): boolean {
    return this.#present[slot] === true
  }

  vector(slot: number): Float32Array | undefined {
    if (!this.has(slot)) return undefined
    const start = (slot % BLOCK_SLOTS) * this.dimension
    return this.#blocks[Math.floor(slot / BLOCK_SLOTS)]!.subarray(start, start + this.dimension)
  }

  *blocks(fromSlot: number): Iterable<{ firstSlot: number; count: number; values: Float32Array }> {
    for (let firstSlot = fromSlot; firstSlot < this.#present.length; ) {
      const start = firstSlot % BLOCK_SLOTS
      const count = Math.min(BLOCK_SLOTS - start, this.#present.length - firstSlot)
      const values = this.#blocks[Math.floor(firstSlot / BLOCK_SLOTS)]?.subarray(start * this.dimension)
      if (values) yield { firstSlot, count, values }
      firstSlot += count
    }
  }
}

/** Vectors by slot. It keeps those that it is given: what a change brings is the table's from then on. */
class MemoryVectors<V> {
  protected readonly vectors: (V | undefined)[] = []

  put(slot: number, vector: V): void {
    this.vectors[slot] = vector
  }

  has(slot: number): boolean {
    return this.vectors[slot] !== undefined
  }

  vector(slot: number): V | undefined {
    return this.vectors[slot]
  }
}

export class MemoryMultivectorColumn extends MemoryVectors<Multivector> implements MultivectorColumn {
  readonly dimension: number

  constructor(dimension: number) {
    super()
    this.dimension = dimension
  }

  view(slot: number): Multivector | undefined {
    return this.vector(slot)
  }
}

/** A posting list that doubles its arrays as it grows. */
class PostingList {
  slots = new Uint32Array(4)
  values = new Float32Array(4)
  length = 0

  push(slot: number, value: number): void {
    this.slots = withRoom(this.slots, this.length + 1)
    this.values = withRoom(this.values, this.length + 1)
    this.slots[this.length] = slot
    this.values[this.length] = value
    this.length++
  }
}

const newPostingList = () => new PostingList()

/** The newest vectors are inverted by the first query that needs them. */
export class MemorySparseColumn extends MemoryVectors<SparseVector> implements SparseColumn {
  readonly #postings = new Map<number, PostingList>()
  #inverted = 0

  isEmpty(slot: number): boolean {
    return this.vectors[slot]!.indices.length === 0
  }

  postings(index: number): { slots: Uint32Array; values: Float32Array } | undefined {
    for (; this.#inverted < this.vectors.length; this.#inverted++) this.#invert(this.#inverted)
    const list = this.#postings.get(index)
    if (!list) return undefined
    return { slots: list.slots.subarray(0, list.length), values: list.values.subarray(0, list.length) }
  }

  #invert(slot: number): void {
    const vector = this.vectors[slot]
    for (const [i, index] of vector?.indices.entries() ?? []) {
      getOrMake(this.#postings, index, newPostingList).push(slot, vector!.values[i]!)
    }
  }
}
