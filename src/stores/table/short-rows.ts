import type { Distance, Similarity } from '../../scoring/distance.js'

/**
 * Rows of fewer values are compared by the server without SIMD, one value after the other in float32. Longer ones are
 * compared in an order that depends on its processor.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/spaces/simple.rs
 */
export const LEAST_SIMD_DIMENSION = 16

/** The similarity of short rows, bit for bit that of the server. */
export function similarityOfShortRows(distance: Distance): Similarity {
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      return dotProductInOrder
    case 'Euclid':
      return negatedSquaredEuclidInOrder
    case 'Manhattan':
      return negatedManhattanInOrder
  }
}

const dotProductInOrder: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = Math.fround(sum + Math.fround(a[aStart + i]! * b[bStart + i]!))
  return sum
}

const negatedSquaredEuclidInOrder: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) {
    const difference = Math.fround(a[aStart + i]! - b[bStart + i]!)
    sum = Math.fround(sum - Math.fround(difference * difference))
  }
  return sum
}

const negatedManhattanInOrder: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = Math.fround(sum - Math.abs(Math.fround(a[aStart + i]! - b[bStart + i]!)))
  return sum
}

/** The squared length of a short row. */
export function squaredLengthInOrder(values: Float32Array, start: number, length: number): number {
  return dotProductInOrder(values, start, values, start, length)
}
