import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vectorDifference } from '../../../src/pipeline/compare/vector-difference.js'

const dense = (...values: number[]) => Float32Array.from(values)
const sparse = (indices: number[], values: number[]) => ({
  indices: Uint32Array.from(indices),
  values: Float64Array.from(values),
})
const rows = (dimension: number, ...values: number[]) => ({
  ...{ rows: values.length / dimension, dimension },
  values: Float32Array.from(values),
})

/** A float32 and the next one. */
const ONE = 1
const NEXT_TO_ONE = 1 + 2 ** -23

describe('the difference of two vectors', () => {
  test('is told to the last bit, also where the cosine rounds to 1', () => {
    expect(vectorDifference(dense(0, ONE), dense(0, ONE))).toEqual({ isEqual: true, cosine: 1 })
    expect(vectorDifference(dense(0, ONE), dense(0, NEXT_TO_ONE))).toEqual({ isEqual: false, cosine: 1 })
    expect(vectorDifference(dense(0, ONE), dense(-0, ONE)).isEqual).toBe(false)
  })

  test.each([
    [dense(1, 0), dense(0, 1), 0],
    [dense(1, 0), dense(-3, 0), -1],
    [dense(1, 0), dense(3, 4), 0.6],
    [dense(0, 0), dense(3, 4), 0],
    [sparse([1, 7], [3, 4]), sparse([1, 9], [1, 5]), 3 / (5 * Math.sqrt(26))],
    [sparse([1], [1]), sparse([], []), 0],
    [rows(2, 1, 0, 1, 0), rows(2, 1, 0, 3, 4), 0.6],
  ])('of %j and %j is a cosine of %d, of rows the worst', (a, b, expected) => {
    expect(vectorDifference(a, b)).toEqual({ isEqual: false, cosine: expect.closeTo(expected, 12) })
  })

  test.each([
    [dense(1), dense(1, 0)],
    [dense(1, 0), rows(2, 1, 0)],
    [rows(2, 1, 0), rows(2, 1, 0, 1, 0)],
    [rows(2, 1, 0, 1, 0), rows(4, 1, 0, 1, 0)],
    [dense(1, 0), sparse([0], [1])],
    [sparse([0], [1]), dense(1, 0)],
  ])('of %j and %j, which are of other shapes, has no cosine', (a, b) => {
    expect(vectorDifference(a, b)).toEqual({ isEqual: false, cosine: null })
  })

  test('is the same whichever comes first, and between −1 and 1', () => {
    const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
      minLength: 3,
      maxLength: 3,
    })
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const [left, right] = [Float32Array.from(a), Float32Array.from(b)]
        const { isEqual, cosine } = vectorDifference(left, right)
        expect(vectorDifference(right, left)).toEqual({ isEqual, cosine })
        expect(isEqual).toBe(Buffer.from(left.buffer).equals(Buffer.from(right.buffer)))
        expect(Math.abs(cosine!)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
