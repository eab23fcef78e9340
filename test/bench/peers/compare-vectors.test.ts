import { describe, expect, test } from 'vitest'
import { compareDense, compareSparseVectors } from '../../../src/bench/peers/compare-vectors.js'

/** float32 holds seven digits. */
const FLOAT_TOLERANCE_DIGITS = 6

describe('compareDense', () => {
  test('equal vectors differ by nothing and have the cosine 1', () => {
    const vectors = Float32Array.of(0.6, 0.8, 1, 0)
    expect(compareDense(vectors, vectors.slice(), 2)).toEqual({
      vectors: 2,
      largestDifference: 0,
      minCosine: 1,
      meanCosine: 1,
    })
  })

  test('gives the largest difference, the least cosine and their mean', () => {
    const found = compareDense(Float32Array.of(1, 0, 0, 1), Float32Array.of(1, 0, 0.6, 0.8), 2)!
    expect(found.largestDifference).toBeCloseTo(0.6, FLOAT_TOLERANCE_DIGITS)
    expect(found.minCosine).toBeCloseTo(0.8, FLOAT_TOLERANCE_DIGITS)
    expect(found.meanCosine).toBeCloseTo(0.9, FLOAT_TOLERANCE_DIGITS)
  })

  test('lists of different length cannot be compared', () => {
    expect(compareDense(new Float32Array(4), new Float32Array(2), 2)).toBeNull()
  })
})

describe('compareSparse', () => {
  test('the order of the indices does not matter', () => {
    const a = [{ indices: [1, 5], values: [0.5, 2] }]
    const b = [{ indices: [5, 1], values: [2, 0.5] }]
    expect(compareSparseVectors(a, b)).toMatchObject({ largestDifference: 0, minCosine: expect.closeTo(1, 12) })
  })

  test('an index that one of them lacks counts as zero there', () => {
    const found = compareSparseVectors([{ indices: [1], values: [3] }], [{ indices: [2], values: [4] }])
    expect(found).toMatchObject({ largestDifference: 4, minCosine: 0 })
  })

  test('two empty vectors are alike', () => {
    expect(compareSparseVectors([{ indices: [], values: [] }], [{ indices: [], values: [] }])).toMatchObject({
      minCosine: 1,
    })
  })
})
