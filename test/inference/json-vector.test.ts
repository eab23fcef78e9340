import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { protectMultivector, toServerVector } from '../../src/inference/json-vector.js'

describe('toServerVector', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true })

  test('gives numbers of the same float32, in at most nine digits', () => {
    fc.assert(
      fc.property(fc.array(float), (values) => {
        const vector = toServerVector(Float32Array.from(values)) as number[]
        expect(vector.map(Math.fround)).toEqual(values)
        const digits = vector.map((value) => value.toExponential().replace(/e.*/, '').replace(/\D/g, '').length)
        expect(Math.max(1, ...digits)).toBeLessThanOrEqual(9)
      }),
    )
  })

  test('0.1 as float32 is written 0.1 and not 0.10000000149011612', () => {
    expect(JSON.stringify(toServerVector(new Float32Array([0.1, -0.25, 0, 1])))).toBe('[0.1,-0.25,0,1]')
  })

  test('leaves numbers that JSON does not have to the server to refuse', () => {
    expect(toServerVector(Float32Array.of(1, Number.NaN))).toEqual([1, Number.NaN])
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
