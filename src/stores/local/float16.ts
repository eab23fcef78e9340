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
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]!
    const word = bits[0]!
    const sign = (word >>> 16) & 0x8000
    const magnitude = word & 0x7fffffff
    let half: number
    if (magnitude >= PAST_LARGEST) half = magnitude > INFINITY_BITS ? 0x7e00 : 0x7c00
    else if (magnitude >= SMALLEST_NORMAL) {
      // rebias the exponent and add just under half a unit, plus one if the kept part is odd: a carry runs into the exponent as it should
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13
    } else {
      // adding 0.5 shifts a subnormal's bits to the end of the mantissa, and the float32 addition rounds it
      float[0] = Math.abs(values[i]!) + 0.5
      half = bits[0]! - 0x3f000000
    }
    target[i] = sign | half
  }
}

let table: Float32Array | undefined

/** float32 by the bits of a float16: 256 kB, made at the first use. */
function float16Table(): Float32Array {
  if (table) return table
  table = new Float32Array(65536)
  for (let half = 0; half < 65536; half++) {
    const exponent = (half >>> 10) & 0x1f
    const mantissa = half & 0x3ff
    let value: number
    if (exponent === 0x1f) value = mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN
    else if (exponent === 0) value = mantissa * 2 ** -24
    else value = (1 + mantissa / 1024) * 2 ** (exponent - 15)
    table[half] = half & 0x8000 ? -value : value
  }
  return table
}

/**
 * The float32 values of float16 bits; exact.
 * @param halves uint16 [n]
 * @param target float32 [≥ n]
 */
export function decodeFloat16(halves: Uint16Array, target: Float32Array): void {
  const values = float16Table()
  for (let i = 0; i < halves.length; i++) target[i] = values[halves[i]!]!
}
