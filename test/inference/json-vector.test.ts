import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { protectMultivector, shortenFloat } from '../../src/inference/json-vector.js'

describe('shortenFloat', () => {
  test('gives a number of the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(Math.fround(shortenFloat(value))).toBe(value)
      }),
    )
  })

  test('gives at most nine significant digits for values as vectors have them', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(-1e6), max: Math.fround(1e6), noNaN: true }), (value) => {
        fc.pre(Math.abs(value) > 1e-6)
        const digits = shortenFloat(value).toExponential().replace(/e.*/, '').replace(/\D/g, '')
        expect(digits.length).toBeLessThanOrEqual(9)
      }),
    )
  })

  test('0.1 as float32 is written 0.1 and not 0.10000000149011612', () => {
    expect(JSON.stringify(Array.from(new Float32Array([0.1, -0.25, 0, 1]), shortenFloat))).toBe('[0.1,-0.25,0,1]')
  })
})

describe('protectMultivector', () => {
  test('writes the first number of two rows of whole numbers with a fraction, and keeps every float32', () => {
    const whole = fc.integer({ min: 0, max: 2 ** 24 })
    fc.assert(
      fc.property(
        fc.array(whole, { minLength: 1, maxLength: 4 }),
        fc.array(whole, { minLength: 1 }),
        (first, second) => {
          const [row, other] = protectMultivector([first, second]) as number[][]
          expect(JSON.stringify(row![0])).toMatch(/\.|e-/)
          expect(row!.map(Math.fround)).toEqual(first)
          expect(other).toBe(second)
        },
      ),
    )
  })

  test.each([
    [[[1, 2, 3]]],
    [[[1], [2], [3]]],
    [
      [
        [1, 0.5],
        [1, 2],
      ],
    ],
    [
      [
        [-1, 2],
        [1, 2],
      ],
    ],
    [[1, 2]],
    [7],
    ['an id'],
    [{ indices: [1], values: [1] }],
  ])('leaves %j as it is', (vector) => {
    expect(protectMultivector(vector)).toBe(vector)
  })
})
