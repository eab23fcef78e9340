import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFloat16 } from '../../../src/stores/table/decode-float16.js'
import { similarityOfHalves } from '../../../src/stores/table/half-rows.js'
import { roundToHalf } from '../../../src/stores/table/vector-rounding.js'
import { encodeFloat16 } from '../../../src/vectors/float16.js'

function roundTrip(values: Float32Array): Float32Array {
  const halves = new Uint16Array(values.length)
  encodeFloat16(values, halves)
  const decoded = new Float32Array(values.length)
  decodeFloat16(halves, decoded)
  return decoded
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

  test('rounds every float32 as the engine rounds a product of halves', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 }), (numbers) => {
        const one = Float32Array.of(1)
        const values = Float32Array.from(numbers)
        // a sum that starts at 0 loses the sign of a zero
        const expected = values.map((_, i) => similarityOfHalves('Dot')(values, i, one, 0, 1))
        expect(roundTrip(values).map((value) => value + 0)).toEqual(expected)
        roundToHalf(values)
        expect(values.map((value) => value + 0)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})
