import { withRoom } from '../../vectors/with-room.js'
import type { SparseBatch } from '../../vectors.js'

/** Collects the sparse vectors of a batch. */
export class SparseBatchBuilder {
  readonly #offsets: Uint32Array
  #indices = new Uint32Array(4096)
  #values = new Float64Array(4096)
  #texts = 0

  constructor(texts: number) {
    this.#offsets = new Uint32Array(texts + 1)
  }

  /**
   * Adds the vector of the next text: its terms' ids and weights in the order of first occurrence, stored in that order
   * or by ascending id. Of terms that share an id, the first gives the place and the last the weight.
   */
  add(ids: Uint32Array, weights: Float64Array, isSorted: boolean): void {
    const order = sortedPositions(ids)
    if (hasEqualNeighbours(ids, order)) {
      const merged = new Map(Array.from(ids, (id, i) => [id, weights[i]!]))
      this.add(Uint32Array.from(merged.keys()), Float64Array.from(merged.values()), isSorted)
      return
    }
    const begin = this.#offsets[this.#texts]!
    const end = begin + ids.length
    this.#indices = withRoom(this.#indices, end)
    this.#values = withRoom(this.#values, end)
    for (let i = 0; i < ids.length; i += 1) {
      const position = isSorted ? order[i]! : i
      this.#indices[begin + i] = ids[position]!
      this.#values[begin + i] = weights[position]!
    }
    this.#texts += 1
    this.#offsets[this.#texts] = end
  }

  finish(): SparseBatch {
    const end = this.#offsets[this.#texts]!
    return { offsets: this.#offsets, indices: this.#indices.slice(0, end), values: this.#values.slice(0, end) }
  }
}

function hasEqualNeighbours(ids: Uint32Array, order: Float64Array): boolean {
  for (let i = 1; i < order.length; i += 1) if (ids[order[i]!] === ids[order[i - 1]!]) return true
  return false
}

/** Ids take 32 bits of the 53 that a float64 holds exactly. */
const MAX_PACKED_POSITIONS = 2 ** 21

/** Positions of the ids in ascending order of the ids, equal ids in the order in which they stand. */
function sortedPositions(ids: Uint32Array): Float64Array {
  if (ids.length > MAX_PACKED_POSITIONS) return Float64Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]!)
  // Sorting numbers without a comparison function is native: id and position travel in one number.
  const packed = new Float64Array(ids.length)
  for (let i = 0; i < ids.length; i += 1) packed[i] = ids[i]! * MAX_PACKED_POSITIONS + i
  packed.sort()
  for (let i = 0; i < ids.length; i += 1) packed[i] = packed[i]! & (MAX_PACKED_POSITIONS - 1)
  return packed
}
