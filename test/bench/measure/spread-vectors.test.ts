import { expect, test } from 'vitest'
import { spreadVectors } from '../../../src/bench/measure/spread-vectors.js'

/** Rounding of a float32 sum of squares. */
const TOLERANCE = 1e-5

const base = { dimension: 4, values: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0) }

test('spread vectors are those of the texts, then new ones of length 1 near them, the same each time', () => {
  const vectors = [...spreadVectors(base, 50)]
  expect(vectors.slice(0, 2)).toEqual([Float32Array.of(1, 0, 0, 0), Float32Array.of(0, 1, 0, 0)])
  for (const vector of vectors) {
    expect(Math.abs(vector.reduce((sum, value) => sum + value * value, 0) - 1)).toBeLessThan(TOLERANCE)
    expect(Math.max(vector[0]!, vector[1]!)).toBeGreaterThan(0.5)
  }
  expect([...spreadVectors(base, 50)]).toEqual(vectors)
  expect([...spreadVectors(base, 1)]).toHaveLength(1)
})
