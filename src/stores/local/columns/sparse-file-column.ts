import type { SparseVector } from '../../../vectors.js'
import type { SparseColumn } from '../../table/point-table.js'
import type { AppendFile } from './append-file.js'
import { FileColumn } from './file-column.js'
import { encodeSegment, PostingsSegment, type SegmentPlace } from './postings-segment.js'
import { ABSENT, type SlotTable } from './slot-table.js'
import { SPARSE_ENTRY_BYTES } from './vector-codec.js'

/** Slots of a segment. Bigger ones make fewer reads of a query, and a longer list of newest slots that is inverted in memory. */
export const SEGMENT_SLOTS = 8192

/** Runs of newest slots that were inverted one after the other; more are inverted anew as one. */
const MOST_TAIL_SEGMENTS = 16

/**
 * Sparse vectors in a file, and their postings: segments of {@link SEGMENT_SLOTS} slots in another file, and the newest
 * slots inverted in memory by the first query that needs them.
 */
export class SparseFileColumn extends FileColumn implements SparseColumn {
  readonly #postingsFile: AppendFile
  readonly #places: SegmentPlace[]
  readonly #segments: PostingsSegment[] = []
  #tail: PostingsSegment[] = []
  #tailEnd = 0

  constructor(
    column: number,
    slots: SlotTable,
    file: AppendFile,
    postingsFile: AppendFile,
    places: readonly SegmentPlace[],
  ) {
    super(column, slots, file)
    this.#postingsFile = postingsFile
    this.#places = [...places]
  }

  isEmpty(slot: number): boolean {
    return this.slots.length(slot, this.column) === 0
  }

  vector(slot: number): SparseVector | undefined {
    const bytes = this.slots.length(slot, this.column)
    if (bytes === ABSENT) return undefined
    const count = bytes / SPARSE_ENTRY_BYTES
    const words = new Uint8Array(bytes)
    words.set(this.file.read(this.slots.offset(slot, this.column), bytes))
    return {
      indices: new Uint32Array(words.buffer, 0, count),
      values: new Float64Array(new Float32Array(words.buffer, count * 4, count)),
    }
  }

  postings(index: number): { slots: Uint32Array; values: Float32Array } | undefined {
    this.#load()
    const parts = [...this.#segments, ...this.#tail].map((segment) => ({ segment, ...segment.range(index) }))
    const total = parts.reduce((sum, { first, end }) => sum + end - first, 0)
    if (total === 0) return undefined
    const slots = new Uint32Array(total)
    const values = new Float32Array(total)
    let at = 0
    for (const { segment, first, end } of parts) {
      if (first === end) continue
      segment.read(first, slots.subarray(at, at + end - first), values.subarray(at, at + end - first))
      at += end - first
    }
    return { slots, values }
  }

  /** The slots that the next segment is made of, once there are enough. */
  nextSegment(): { readonly firstSlot: number; readonly endSlot: number; readonly bytes: Uint8Array } | undefined {
    const firstSlot = this.#segmentsEnd
    const endSlot = firstSlot + SEGMENT_SLOTS
    if (endSlot > this.slots.count) return undefined
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
      this.#tail = []
      this.#tailEnd = 0
    }
    if (this.#tail.length === MOST_TAIL_SEGMENTS && this.#tailEnd < this.slots.count) {
      this.#tail = []
      this.#tailEnd = 0
    }
    const firstSlot = Math.max(this.#tailEnd, this.#segmentsEnd)
    const endSlot = this.slots.count
    if (firstSlot < endSlot) {
      const bytes = encodeSegment(this.#vectors(firstSlot, endSlot))
      const source = { path: 'memory', readInto: (target: Uint8Array, at: number) => copyBytes(bytes, at, target) }
      this.#tail.push(new PostingsSegment(source, { firstSlot, endSlot, offset: 0, length: bytes.length }))
    }
    this.#tailEnd = endSlot
  }

  *#vectors(start: number, end: number): Iterable<{ slot: number; vector: SparseVector }> {
    for (let slot = start; slot < end; slot++) {
      const vector = this.vector(slot)
      if (vector) yield { slot, vector }
    }
  }
}

function copyBytes(bytes: Uint8Array, at: number, target: Uint8Array): void {
  target.set(bytes.subarray(at, at + target.length))
}
