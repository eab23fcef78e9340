import { encodeFloat16, floatFromHalf } from './float16.js'

const COMMA = 0x2c
const MINUS = 0x2d
const OPEN = 0x5b
const CLOSE = 0x5d

const MAGNITUDES = 0x7c00
/** Enough for every float16. */
const MAX_DIGITS = 6
/** A little less than to the middle between two float16: what lies on it is rounded to one or the other, depending on who reads it. */
const ALMOST = 1 - 1e-6

/**
 * How far from a float16 its decimal may lie, of the way to where others begin. A server normalizes rows for Cosine once more before it rounds them, and
 * the length of a row of such decimals differs from 1 by some 1e-5: this leaves room for that.
 */
const NEAR = 0.75
/** Squared lengths within this distance of 1 are certainly left as they are by a server; it says so up to 1e-6. */
const UNIT_TOLERANCE = 5e-7
/** Relative; float32 sums of a few hundred squares, in any order. */
const SUM_TOLERANCE = 1e-6

/**
 * The shortest decimal JSON number with a decimal point that reads back as the same float16, by way of float32 or not.
 * @param half the bits of a finite float16
 * @param share how far from it the decimal may lie, of the way to the numbers that are rounded to others; above 0. @default 1
 * @example shortestFloat16(0x3555) // '0.3333'
 */
export function shortestFloat16(half: number, share = 1): string {
  const sign = half & 0x8000 ? '-' : ''
  const magnitude = half & 0x7fff
  if (magnitude === 0) return `${sign}0.0`
  const value = floatFromHalf(magnitude)
  const [least, most] = roundedRange(magnitude, share)
  for (let digits = 1; digits <= MAX_DIGITS; digits++) {
    const exponent = Math.floor(Math.log10(value)) - digits + 1
    const nearest = Math.round(value / 10 ** exponent)
    // at a power of two the numbers below are nearer than those above
    for (const integer of [nearest, nearest + 1, nearest - 1]) {
      const decimal = Number(`${integer}e${exponent}`)
      if (decimal >= least && decimal <= most) return sign + decimalText(integer, exponent)
    }
  }
  return `${sign}${value}`
}

/** Around a float16, as far as `share` of the way to the middle between it and its neighbours. */
function roundedRange(magnitude: number, share: number): readonly [least: number, most: number] {
  const value = floatFromHalf(magnitude)
  const below = value - floatFromHalf(magnitude - 1)
  const above = magnitude + 1 < MAGNITUDES ? floatFromHalf(magnitude + 1) - value : below
  return [value - (below / 2) * share * ALMOST, value + (above / 2) * share * ALMOST]
}

/** integer × 10^exponent, plain or with an exponent, whichever is shorter; with a decimal point. */
function decimalText(integer: number, exponent: number): string {
  const digits = String(integer).replace(/0+$/, '')
  const power = exponent + String(integer).length - 1
  const rest = digits.slice(1) || '0'
  const scientific = `${digits[0]}.${rest}e${power}`
  const plain =
    power < 0
      ? `0.${'0'.repeat(-power - 1)}${digits}`
      : `${digits.slice(0, power + 1).padEnd(power + 1, '0')}.${digits.slice(power + 1) || '0'}`
  return scientific.length < plain.length ? scientific : plain
}

/** Room for the text of one float16. */
const SLOT = 12
/** What is written of each float16, by its magnitude, and what the text says; a length of 0 where none was asked for yet. */
const texts = new Uint8Array(MAGNITUDES * SLOT)
const lengths = new Uint8Array(MAGNITUDES)
const written = new Float64Array(MAGNITUDES)
/** What is rounded to it. */
const least = new Float64Array(MAGNITUDES)
const most = new Float64Array(MAGNITUDES)

function makeText(magnitude: number): void {
  const text = shortestFloat16(magnitude, NEAR)
  const [from, to] = magnitude === 0 ? [-1, floatFromHalf(1) / 2] : roundedRange(magnitude, 1)
  least[magnitude] = from
  most[magnitude] = to
  written[magnitude] = Number(text)
  for (let i = 0; i < text.length; i++) texts[magnitude * SLOT + i] = text.charCodeAt(i)
  lengths[magnitude] = text.length
}

/** The bits of the row that is written. */
let halves = new Uint16Array(128)

/**
 * Writes a row that is normalized, and that a server normalizes and keeps as float16, as the shortest decimals of which it keeps the same bits as of
 * the row itself.
 * @returns the end, or null where that is not certain: a row of another length, or decimals too far from its values
 */
export function writeHalfRow(
  out: Uint8Array,
  position: number,
  values: Float32Array,
  begin: number,
  end: number,
): number | null {
  if (halves.length < end - begin) halves = new Uint16Array(end - begin)
  encodeFloat16(values.subarray(begin, end), halves)
  let squares = 0
  let sent = 0
  for (let i = begin; i < end; i++) {
    const magnitude = halves[i - begin]! & 0x7fff
    if (magnitude >= MAGNITUDES) return null
    if (lengths[magnitude] === 0) makeText(magnitude)
    const value = written[magnitude]!
    squares += values[i]! * values[i]!
    sent += value * value
  }
  if (Math.abs(squares - 1) > UNIT_TOLERANCE) return null
  const scale = 1 / Math.sqrt(sent)
  let at = position
  out[at++] = OPEN
  for (let i = 0; i < end - begin; i++) {
    const half = halves[i]!
    const magnitude = half & 0x7fff
    const kept = written[magnitude]! * scale
    if (kept * (1 - SUM_TOLERANCE) < least[magnitude]! || kept * (1 + SUM_TOLERANCE) > most[magnitude]!) return null
    if (i > 0) out[at++] = COMMA
    if (half & 0x8000) out[at++] = MINUS
    const from = magnitude * SLOT
    for (let k = from; k < from + lengths[magnitude]!; k++) out[at++] = texts[k]!
  }
  out[at++] = CLOSE
  return at
}
