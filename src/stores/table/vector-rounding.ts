import { encodeFloat16 } from '../../vectors/float16.js'
import { decodeFloat16 } from './decode-float16.js'
import { LEAST_SIMD_DIMENSION, shortRowSimilarity } from './short-row-similarity.js'

/** Squared lengths below are zero vectors, and within this distance of 1 vectors count as normalized. */
const EPSILON = 1.1920929e-7
const NORMALIZED_TOLERANCE = 1e-6

const dotProductInOrder = shortRowSimilarity('Dot', Math.fround)

/** Scales each row to length 1 in place, in float32; zero rows and rows of length 1 stay as they are. */
export function normalizeStoredRows(values: Float32Array, dimension: number): void {
  for (let start = 0; start < values.length; start += dimension) {
    const sum = squaredLength(values, start, dimension)
    if (sum < EPSILON || Math.abs(sum - 1) <= NORMALIZED_TOLERANCE) continue
    const length = Math.fround(Math.sqrt(sum))
    for (let i = start; i < start + dimension; i++) values[i] = values[i]! / length
  }
}

function squaredLength(values: Float32Array, start: number, dimension: number): number {
  if (dimension < LEAST_SIMD_DIMENSION) return dotProductInOrder(values, start, values, start, dimension)
  let sum = 0
  for (let i = start; i < start + dimension; i++) sum += values[i]! * values[i]!
  return sum
}

/** Rounds to IEEE half precision in place, ties to even; what is too large becomes infinite. */
export function roundToHalf(values: Float32Array): void {
  const halves = new Uint16Array(values.length)
  encodeFloat16(values, halves)
  decodeFloat16(halves, values)
}

/** Cuts off the fraction and clamps to 0 … 255 in place. */
export function clampToByte(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(255, Math.max(0, Math.trunc(values[i]!)))
}
