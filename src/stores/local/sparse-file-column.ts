import type { SparseVector } from '../../vectors.js'
import type { SparseColumn } from '../embedded/point-table.js'
import type { AppendFile } from './append-file.js'
import { encodeSegment, PostingsSegment, type SegmentPlace } from './postings-segment.js'
import { ABSENT, type SlotTable } from './slot-table.js'
import { SPARSE_ENTRY_BYTES } from './vector-codec.js'

/** Slots of a segment. Bigger ones make fewer reads of a query, and a longer list of newest slots that is inverted in memory. */
export const SEGMENT_SLOTS = 8192

interface Tail {
  readonly slots: number[]
  readonly values: number[]
}

/**
 * Sparse vectors in a file, and their postings: segments of {@link SEGMENT_SLOTS} slots in another file, and the newest
 * slots inverted in memory by the first query that needs them.
 */
export class SparseFileColumn implements SparseColumn {
  readonly #column: number
  readonly #slots: SlotTable
  readonly #file: AppendFile
  readonly #postingsFile: AppendFile
  readonly #places: SegmentPlace[]
  readonly #segments: PostingsSegment[] = []
  readonly #tail = new Map<number, Tail>()
  #tailEnd = 0

  constructor(
    column: number,
    slots: SlotTable,
    file: AppendFile,
    postingsFile: AppendFile,
    places: readonly SegmentPlace[],
  ) {
    this.#column = column
    this.#slots = slots
    this.#file = file
    this.#postingsFile = postingsFile
    this.#places = [...places]
  }

  has(slot: number): boolean {
    return this.#slots.length(slot, this.#column) !== ABSENT
  }

  vector(slot: number): SparseVector | undefined {
    const bytes = this.#slots.length(slot, this.#column)
    if (bytes === ABSENT) return undefined
    const count = bytes / SPARSE_ENTRY_BYTES
    const words = new Uint8Array(bytes)
    words.set(this.#file.read(this.#slots.offset(slot, this.#column), bytes))
    return {
      indices: new Uint32Array(words.buffer, 0, count),
      values: Float64Array.from(new Float32Array(words.buffer, count * 4, count)),
    }
  }

  postings(index: number): { slots: Uint32Array; values: Float32Array } | undefined {
    this.#load()
    const tail = this.#tail.get(index)
    const parts = this.#segments.map((segment) => ({ segment, ...segment.range(index) }))
    const inSegments = parts.reduce((sum, { first, end }) => sum + end - first, 0)
    const total = inSegments + (tail?.slots.length ?? 0)
    if (total === 0) return undefined
    const slots = new Uint32Array(total)
    const values = new Float32Array(total)
    let at = 0
    for (const { segment, first, end } of parts) {
      if (first === end) continue
      segment.read(first, slots.subarray(at, at + end - first), values.subarray(at, at + end - first))
      at += end - first
    }
    if (tail) {
      slots.set(tail.slots, at)
      values.set(tail.values, at)
    }
    return { slots, values }
  }

  /** The slots that the next segment is made of, once there are enough. */
  nextSegment(): { readonly firstSlot: number; readonly endSlot: number; readonly bytes: Uint8Array } | undefined {
    const firstSlot = this.#segmentsEnd
    const endSlot = firstSlot + SEGMENT_SLOTS
    if (endSlot > this.#slots.count) return undefined
    return { firstSlot, endSlot, bytes: encodeSegment(this.#vectors(firstSlot, endSlot)) }
  }

  addSegment(place: SegmentPlace): void {
    this.#places.push(place)
  }

  get #segmentsEnd(): number {
    return this.#places.at(-1)?.endSlot ?? 0
  }

  #load(): void {
    while (this.#segments.length < this.#places.length) {
      this.#segments.push(new PostingsSegment(this.#postingsFile, this.#places[this.#segments.length]!))
      this.#tail.clear()
      this.#tailEnd = 0
    }
    const start = Math.max(this.#tailEnd, this.#segmentsEnd)
    for (const { slot, vector } of this.#vectors(start, this.#slots.count)) {
      for (let i = 0; i < vector.indices.length; i++) {
        let list = this.#tail.get(vector.indices[i]!)
        if (!list) {
          list = { slots: [], values: [] }
          this.#tail.set(vector.indices[i]!, list)
        }
        list.slots.push(slot)
        list.values.push(vector.values[i]!)
      }
    }
    this.#tailEnd = this.#slots.count
  }

  *#vectors(start: number, end: number): Iterable<{ slot: number; vector: SparseVector }> {
    for (let slot = start; slot < end; slot++) {
      const vector = this.vector(slot)
      if (vector) yield { slot, vector }
    }
  }
}
