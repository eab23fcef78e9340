import type { Distance, Similarity } from '../../scoring/distance.js'

/**
 * Rows of fewer values are compared by the server without SIMD, one value after the other. Longer ones are compared in an order that
 * depends on its processor.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/spaces/simple.rs
 */
export const LEAST_SIMD_DIMENSION = 16

/**
 * The similarity of short rows, bit for bit that of the server: each difference, square and product is rounded to the datatype of the
 * rows before it is added up in float32.
 * @param round to float32 (`Math.fround`) or to half precision
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/spaces/metric_f16/simple_euclid.rs
 */
export function shortRowSimilarity(distance: Distance, round: (value: number) => number): Similarity {
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      return (a, aStart, b, bStart, length) => {
        let sum = 0
        for (let i = 0; i < length; i++) sum = Math.fround(sum + round(a[aStart + i]! * b[bStart + i]!))
        return sum
      }
    case 'Euclid':
      return (a, aStart, b, bStart, length) => {
        let sum = 0
        for (let i = 0; i < length; i++) {
          const difference = round(a[aStart + i]! - b[bStart + i]!)
          sum = Math.fround(sum - round(difference * difference))
        }
        return sum
      }
    case 'Manhattan':
      return (a, aStart, b, bStart, length) => {
        let sum = 0
        for (let i = 0; i < length; i++) sum = Math.fround(sum - Math.abs(round(a[aStart + i]! - b[bStart + i]!)))
        return sum
      }
  }
}
