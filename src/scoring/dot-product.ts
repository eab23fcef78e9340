/**
 * Dot product of `length` values of `a` from `aStart` and of `b` from `bStart`, summed in float64 over four lanes.
 * The lanes keep four additions in flight, which a single sum cannot.
 * @param a float32 values
 * @param b float32 values
 */
export function dotProduct(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    s0 += a[aStart + i]! * b[bStart + i]!
    s1 += a[aStart + i + 1]! * b[bStart + i + 1]!
    s2 += a[aStart + i + 2]! * b[bStart + i + 2]!
    s3 += a[aStart + i + 3]! * b[bStart + i + 3]!
  }
  for (; i < length; i++) s0 += a[aStart + i]! * b[bStart + i]!
  return s0 + s1 + (s2 + s3)
}
