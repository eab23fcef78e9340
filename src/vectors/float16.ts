/** Views of one word, to get at the bits of a float32. */
const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The smallest float32 bits that round to a normal float16, and those of the first power of two past its range. */
const SMALLEST_NORMAL = 0x38800000
const PAST_LARGEST = 0x47800000
const INFINITY_BITS = 0x7f800000

/**
 * Rounds float32 values to IEEE 754 half precision, to nearest, ties to even; what is past ±65504 becomes ±Infinity.
 * @param values float32 [n]
 * @param target uint16 [≥ n], the bits of each float16
 */
export function encodeFloat16(values: Float32Array, target: Uint16Array): void {
  for (let i = 0; i < values.length; i++) target[i] = halfFromFloat(values[i]!)
}

/** The bits of the float16 that is nearest to a float32. */
function halfFromFloat(value: number): number {
  float[0] = value
  const word = bits[0]!
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude >= PAST_LARGEST) return sign | (magnitude > INFINITY_BITS ? 0x7e00 : 0x7c00)
  // rebias the exponent and add just under half a unit, plus one if the kept part is odd: a carry runs into the exponent as it should
  if (magnitude >= SMALLEST_NORMAL) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
  // adding 0.5 shifts a subnormal's bits to the end of the mantissa, and the float32 addition rounds it
  float[0] = Math.abs(value) + 0.5
  return sign | (bits[0]! - 0x3f000000)
}

/** The value of the float16 that is nearest to a float32, ties to even. */
export function nearestHalf(value: number): number {
  return floatFromHalf(halfFromFloat(value))
}

/** The value of one float16, exactly. @param half its bits */
export function floatFromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
