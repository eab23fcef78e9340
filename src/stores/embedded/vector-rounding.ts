import { encodeFloat16 } from '../../vectors/float16.js'
import { decodeFloat16 } from './decode-float16.js'

/** Squared lengths below are zero vectors, and within this distance of 1 vectors count as normalized. */
const EPSILON = 1.1920929e-7
const NORMALIZED_TOLERANCE = 1e-6

/** Scales each row to length 1 in place, in float32; zero rows and rows of length 1 stay as they are. */
export function normalizeRows(values: Float32Array, dimension: number): void {
  for (let start = 0; start < values.length; start += dimension) {
    let sum = 0
    for (let i = start; i < start + dimension; i++) sum += values[i]! * values[i]!
    if (sum < EPSILON || Math.abs(sum - 1) <= NORMALIZED_TOLERANCE) continue
    const length = Math.fround(Math.sqrt(sum))
    for (let i = start; i < start + dimension; i++) values[i] = values[i]! / length
  }
}

/** Rounds to IEEE half precision in place, ties to even; what is too large becomes infinite. */
export function roundToHalf(values: Float32Array): void {
  const halves = new Uint16Array(values.length)
  encodeFloat16(values, halves)
  decodeFloat16(halves, values)
}

/**
 * Minus the squared Euclidean distance of two rows of halves, each difference and square rounded to half precision:
 * so does the server's scalar code, which it takes for rows of fewer than {@link LEAST_SIMD_DIMENSION} values.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/spaces/metric_f16/simple_euclid.rs
 */
export function negatedSquaredEuclidOfHalves(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  length: number,
): number {
  let sum = 0
  for (let i = 0; i < length; i++) {
    const difference = halfOf(a[aStart + i]! - b[bStart + i]!)
    sum -= halfOf(difference * difference)
  }
  return sum
}

/** Likewise the dot product: each product rounded to half precision. */
export function dotProductOfHalves(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  length: number,
): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += halfOf(a[aStart + i]! * b[bStart + i]!)
  return sum
}

/** Rows of at least so many values are compared in float32 by the server. */
export const LEAST_SIMD_DIMENSION = 16

/** Largest half is 65504; from 65520 on it rounds to infinity. */
const HALF_OVERFLOW = 65520
const HALF_SMALLEST_NORMAL = 2 ** -14
const HALF_SUBNORMAL_STEP = 2 ** -24

function halfOf(value: number): number {
  const size = Math.abs(value)
  if (!(size < HALF_OVERFLOW)) return Number.isNaN(value) ? value : Math.sign(value) * Infinity
  const step = size < HALF_SMALLEST_NORMAL ? HALF_SUBNORMAL_STEP : 2 ** (Math.floor(Math.log2(size)) - 10)
  return roundTiesToEven(value / step) * step
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Cuts off the fraction and clamps to 0 … 255 in place. */
export function clampToByte(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(255, Math.max(0, Math.trunc(values[i]!)))
}
