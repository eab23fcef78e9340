import { getOrMake } from '../../../get-or-make.js'
import type { SparseVector } from '../../../vectors.js'
import { corruptError } from '../disk-error.js'
import type { AppendFile } from './append-file.js'

/**
 * The postings of some slots, all words little-endian uint32 or float32: number of indices T, number of postings P,
 * indices ascending [T], the number of the first posting of each and P at the end [T + 1], slots [P], values [P].
 */
const HEADER_BYTES = 8

/** Where a segment lies. */
export interface SegmentPlace {
  readonly firstSlot: number
  readonly endSlot: number
  readonly offset: number
  readonly length: number
}

/**
 * Inverts the sparse vectors of consecutive slots, in time linear in their postings.
 * @param vectors in the order of their slots
 */
export function encodeSegment(vectors: Iterable<{ readonly slot: number; readonly vector: SparseVector }>): Uint8Array {
  const held = [...vectors]
  const postings = held.reduce((sum, { vector }) => sum + vector.indices.length, 0)
  /** Indices are numbered as they come, so that each posting is looked up once. */
  const numbers = new Map<number, number>()
  const numberOf = new Uint32Array(postings)
  const counts: number[] = []
  const nextNumber = () => counts.push(0) - 1
  let posting = 0
  for (const { vector } of held) {
    for (let i = 0; i < vector.indices.length; i++) {
      const index = vector.indices[i]!
      const number = getOrMake(numbers, index, nextNumber)
      counts[number]!++
      numberOf[posting++] = number
    }
  }
  const indices = Uint32Array.from(numbers.keys()).sort()
  const words = new Uint32Array(2 + indices.length * 2 + 1 + postings * 2)
  words[0] = indices.length
  words[1] = postings
  words.set(indices, 2)
  const starts = words.subarray(2 + indices.length, 3 + indices.length * 2)
  const next = new Uint32Array(indices.length)
  let start = 0
  for (const [i, index] of indices.entries()) {
    const number = numbers.get(index)!
    starts[i] = start
    next[number] = start
    start += counts[number]!
  }
  starts[indices.length] = start
  const slots = words.subarray(words.length - postings * 2, words.length - postings)
  const values = new Float32Array(words.buffer, (words.length - postings) * 4, postings)
  posting = 0
  for (const { slot, vector } of held) {
    for (let i = 0; i < vector.indices.length; i++) {
      const at = next[numberOf[posting++]!]!++
      slots[at] = slot
      values[at] = vector.values[i]!
    }
  }
  return new Uint8Array(words.buffer)
}

/** Where a segment's bytes come from: a file, or memory for the newest slots. */
export type PostingsSource = Pick<AppendFile, 'path' | 'readInto'>

/** A segment's directory in memory (8 bytes an index); its postings are read when they are asked for. */
export class PostingsSegment {
  readonly #file: PostingsSource
  readonly #indices: Uint32Array
  readonly #starts: Uint32Array
  readonly #slotsOffset: number
  readonly #valuesOffset: number

  /** @throws StoreError `STORE_CORRUPT` if the segment's parts do not add up to its length */
  constructor(file: PostingsSource, place: SegmentPlace) {
    const header = new Uint32Array(2)
    file.readInto(new Uint8Array(header.buffer), place.offset)
    const [indexCount, postingCount] = header as unknown as [number, number]
    const directoryBytes = (indexCount * 2 + 1) * 4
    if (HEADER_BYTES + directoryBytes + postingCount * 8 !== place.length) {
      throw corruptError(`${file.path}: the segment at ${place.offset} is not ${place.length} bytes long`)
    }
    const directory = new Uint32Array(indexCount * 2 + 1)
    file.readInto(new Uint8Array(directory.buffer), place.offset + HEADER_BYTES)
    this.#file = file
    this.#indices = directory.subarray(0, indexCount)
    this.#starts = directory.subarray(indexCount)
    if (!ascendsTo(postingCount, this.#starts)) {
      throw corruptError(`${file.path}: the directory of the segment at ${place.offset} does not hold together`)
    }
    this.#slotsOffset = place.offset + HEADER_BYTES + directoryBytes
    this.#valuesOffset = this.#slotsOffset + postingCount * 4
  }

  /** The postings of an index, from the first to before the end; equal where there are none. */
  range(index: number): { readonly first: number; readonly end: number } {
    let low = 0
    let high = this.#indices.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#indices[middle]! < index) low = middle + 1
      else high = middle
    }
    if (this.#indices[low] !== index) return { first: 0, end: 0 }
    return { first: this.#starts[low]!, end: this.#starts[low + 1]! }
  }

  /** Fills both with the postings from number `first` on. */
  read(first: number, slots: Uint32Array, values: Float32Array): void {
    this.#file.readInto(bytesOf(slots), this.#slotsOffset + first * 4)
    this.#file.readInto(bytesOf(values), this.#valuesOffset + first * 4)
  }
}

function ascendsTo(end: number, starts: Uint32Array): boolean {
  for (let i = 1; i < starts.length; i++) if (starts[i - 1]! > starts[i]!) return false
  return starts[0] === 0 && starts[starts.length - 1] === end
}

function bytesOf(array: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
