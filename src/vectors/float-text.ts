/** Largest text of one float32 with its comma: sign, `0.0000`, nine digits; or sign, nine digits, point, `e-45`. */
export const MAX_FLOAT_BYTES = 20

const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30

/** Written with plain decimals from here … */
const SMALLEST_PLAIN = 1e-5
/** … to here; seven digits hold the whole part. */
const LARGEST_PLAIN = 1e7

/** 10^i for i = 0 … 22, exact in float64. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** ASCII of 0000 … 9999, four bytes each. */
const FOUR_DIGITS = Uint8Array.from(
  { length: 40_000 },
  (_, i) => ZERO + (Math.floor((i >> 2) / POWERS[3 - (i & 3)]!) % 10),
)

/**
 * Half the distance to the next larger float32, by biased binary exponent, less a millionth: a decimal that lies (almost) on the middle of two
 * floats is not taken, since JSON readers differ there in the last bit of their float64.
 */
const HALF_GAP = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (exponent - 127 - 24) * (1 - 1e-6))

/** By biased binary exponent: floor(log10) of its power of two, and the next power of ten above that. */
const DECADE = Int8Array.from({ length: 256 }, (_, exponent) => Math.floor(Math.log10(2 ** (exponent - 127))))
const NEXT_TEN = Float64Array.from(DECADE, (decade) => Number(`1e${decade + 1}`))

/**
 * Writes float32 values, comma-separated, each as the shortest decimal JSON number that reads back as the same float32.
 * Returns the end position; `out` has room for `values.length ×` {@link MAX_FLOAT_BYTES}. The values are finite.
 *
 * With `withPoint` a whole number gets a decimal point (`1.0`): Qdrant reads a multivector of two rows whose first row holds whole
 * non-negative numbers as a sparse vector.
 *
 * 6 to 9 significant digits identify a float32. Of evenly spread values 3 % need 6 or fewer, 30 % 7, 63 % 8, so the search starts at 7 and the zeros
 * at the end of shorter ones (vectors that were float16 or int8 once) are cut.
 */
export function writeFloats(
  out: Uint8Array,
  position: number,
  values: Float32Array,
  begin: number,
  end: number,
  withPoint: boolean,
): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  let at = position
  for (let i = begin; i < end; i++) {
    if (i > begin) out[at++] = COMMA
    const pattern = bits[i]!
    if (pattern >>> 31 === 1) out[at++] = MINUS
    const magnitude = Math.abs(values[i]!)
    if (magnitude < SMALLEST_PLAIN || magnitude >= LARGEST_PLAIN) {
      at = writeRare(out, at, magnitude, withPoint)
      continue
    }
    const binary = (pattern >>> 23) & 0xff
    let decade = DECADE[binary]!
    if (magnitude >= NEXT_TEN[binary]!) decade++
    // A power of two has its lower neighbour at half the distance.
    const halfGap = (pattern & 0x7fffff) === 0 ? HALF_GAP[binary - 1]! : HALF_GAP[binary]!

    let decimals = 6 - decade
    let scaled = magnitude * POWERS[decimals]!
    let digits = (scaled + 0.5) | 0
    if (Math.abs(scaled - digits) < halfGap * POWERS[decimals]!) {
      while (decimals > 0 && digits % 10 === 0) {
        digits = (digits / 10) | 0
        decimals--
      }
    } else {
      decimals++
      scaled = magnitude * POWERS[decimals]!
      digits = (scaled + 0.5) | 0
      if (Math.abs(scaled - digits) >= halfGap * POWERS[decimals]!) {
        decimals++
        digits = (magnitude * POWERS[decimals]! + 0.5) | 0
      }
    }
    at = writeDecimal(out, at, digits, decimals, withPoint)
  }
  return at
}

/** digits × 10^−decimals, with digits < 10^9 + 1 and decimals < 15. */
function writeDecimal(out: Uint8Array, position: number, digits: number, decimals: number, withPoint: boolean): number {
  let at = position
  let fraction = digits
  if (digits < POWERS[decimals]!) {
    out[at++] = ZERO
  } else {
    const whole = decimals === 0 ? digits : (digits / POWERS[decimals]!) | 0
    fraction = digits - whole * POWERS[decimals]!
    let width = 1
    while (whole >= POWERS[width]!) width++
    at = writeDigits(out, at, whole, width)
  }
  if (decimals > 0) {
    out[at++] = POINT
    return writeDigits(out, at, fraction, decimals)
  }
  if (!withPoint) return at
  out[at++] = POINT
  out[at++] = ZERO
  return at
}

/** The last `width` digits of a number below 2^31, with leading zeros. */
function writeDigits(out: Uint8Array, position: number, number: number, width: number): number {
  let rest = number
  let at = position + width
  while (at - position >= 4) {
    const high = (rest / 10_000) | 0
    const entry = (rest - high * 10_000) << 2
    at -= 4
    out[at] = FOUR_DIGITS[entry]!
    out[at + 1] = FOUR_DIGITS[entry + 1]!
    out[at + 2] = FOUR_DIGITS[entry + 2]!
    out[at + 3] = FOUR_DIGITS[entry + 3]!
    rest = high
  }
  while (at > position) {
    const high = (rest / 10) | 0
    out[--at] = ZERO + rest - high * 10
    rest = high
  }
  return position + width
}

/** Zero, and the very small and very large, which take an exponent: rare in vectors, so right before fast. */
function writeRare(out: Uint8Array, position: number, magnitude: number, withPoint: boolean): number {
  let text = magnitude === 0 ? '0' : ''
  for (let digits = 0; digits < 9 && Math.fround(Number(text)) !== magnitude; digits++) {
    text = magnitude.toExponential(digits).replace('e+', 'e')
  }
  if (withPoint && !text.includes('.')) text = /e/.test(text) ? text.replace('e', '.0e') : `${text}.0`
  for (let i = 0; i < text.length; i++) out[position + i] = text.charCodeAt(i)
  return position + text.length
}
