import type { SparseVector } from '../vectors.js'

/**
 * Dot product of two sparse vectors, summed in float32 as Qdrant does; null where they share no index.
 * @param a indices ascending and unique
 * @param b indices ascending and unique
 */
export function sparseDotProduct(a: SparseVector, b: SparseVector): number | null {
  let i = 0
  let j = 0
  let sum = 0
  let overlaps = false
  while (i < a.indices.length && j < b.indices.length) {
    const difference = a.indices[i]! - b.indices[j]!
    if (difference === 0) {
      overlaps = true
      sum = Math.fround(sum + Math.fround(a.values[i]! * b.values[j]!))
      i++
      j++
    } else if (difference < 0) i++
    else j++
  }
  return overlaps ? sum : null
}
