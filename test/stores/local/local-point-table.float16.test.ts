import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFloat16 } from '../../../src/stores/table/decode-float16.js'
import { roundToHalf } from '../../../src/stores/table/vector-rounding.js'
import { encodeFloat16, floatFromHalf, nearestHalf } from '../../../src/vectors/float16.js'

function roundTrip(values: Float32Array): Float32Array {
  const halves = new Uint16Array(values.length)
  encodeFloat16(values, halves)
  const decoded = new Float32Array(values.length)
  decodeFloat16(halves, decoded)
  return decoded
}

/** The nearest half by division: what is nearer to which step of its power of two. */
function halfByDivision(value: number): number {
  const size = Math.abs(value)
  if (size >= 65520) return Math.sign(value) * Number.POSITIVE_INFINITY
  const step = size < 2 ** -14 ? 2 ** -24 : 2 ** (Math.floor(Math.log2(size)) - 10)
  const floor = Math.floor(value / step)
  const rest = value / step - floor
  return (rest === 0.5 ? floor + (floor & 1) : Math.round(value / step)) * step
}

describe('float16', () => {
  test('every half-precision number comes back with its own bits', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) <= 0x7c00)
    const values = new Float32Array(halves.length)
    decodeFloat16(halves, values)
    const encoded = new Uint16Array(halves.length)
    encodeFloat16(values, encoded)
    expect(encoded).toEqual(halves)
  })

  test('1, -2, 65504, 65520, 2^-24 and NaN have the bits of IEEE 754', () => {
    const halves = new Uint16Array(6)
    encodeFloat16(Float32Array.of(1, -2, 65504, 65520, 2 ** -24, Number.NaN), halves)
    expect([...halves].map((bits) => bits.toString(16))).toEqual(['3c00', 'c000', '7bff', '7c00', '1', '7e00'])
  })

  test('rounds every float32 to the nearest half, ties to even, one by one and as a list', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 }), (numbers) => {
        const values = Float32Array.from(numbers)
        const expected = values.map((value) => halfByDivision(value) + 0)
        expect(roundTrip(values).map((value) => value + 0)).toEqual(expected)
        expect(values.map((value) => nearestHalf(value) + 0)).toEqual(expected)
        roundToHalf(values)
        expect(values.map((value) => value + 0)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('products and differences of halves round as they do in exact arithmetic', () => {
    const half = fc
      .nat(0xffff)
      .map((bits) => floatFromHalf(bits))
      .filter(Number.isFinite)
    fc.assert(
      fc.property(half, half, (a, b) => {
        for (const exact of [a * b, a - b]) expect(nearestHalf(exact) + 0).toBe(halfByDivision(exact) + 0)
      }),
      { numRuns: 2000 },
    )
  })
})
