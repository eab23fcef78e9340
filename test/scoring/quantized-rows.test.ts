import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { negatedSquaredEuclid } from '../../src/scoring/distance.js'
import { dotProduct } from '../../src/scoring/dot-product.js'
import { QuantizedRows } from '../../src/scoring/quantized-rows.js'

/** Bounds of normalized rows of 384 values should be this near: a quantization step is a 254th of the largest value. */
const CLOSE = 0.02

const SIMILARITIES = [
  ['dot product', dotProduct],
  ['negated squared Euclid', negatedSquaredEuclid],
] as const

function expectBounds(rows: readonly (Float32Array | null)[], query: Float32Array): void {
  const dimension = query.length
  const quantized = new QuantizedRows(dimension)
  const values = new Float32Array(rows.length * dimension)
  for (const [i, row] of rows.entries()) values.set(row ?? [], i * dimension)
  quantized.append(values, rows.length, (i) => rows[i] !== null)
  expect(quantized.count).toBe(rows.length)
  for (const [name, similarity] of SIMILARITIES) {
    const bounds = quantized.upperBounds(query, name)
    for (const [i, row] of rows.entries()) {
      const exact = row ? similarity(query, 0, row, 0, dimension) : -Infinity
      // a NaN is never smaller
      expect(bounds[i]! < exact, `${name} of row ${i}: ${bounds[i]} is less than ${exact}`).toBe(false)
    }
  }
}

describe('quantized rows', () => {
  test('no similarity is above its bound, whatever the values, the dimension and the rows that are not there', () => {
    const value = fc.oneof(
      fc.float({ min: -1, max: 1, noNaN: true }),
      fc.float({ noNaN: true }),
      fc.constantFrom(0, -0, 1e-40, 3e-30, 3e38, Infinity, -Infinity),
    )
    const shape = fc.integer({ min: 1, max: 40 }).chain((dimension) => {
      const row = fc.array(value, { minLength: dimension, maxLength: dimension }).map((list) => Float32Array.from(list))
      return fc.record({ rows: fc.array(fc.option(row), { maxLength: 8 }), query: row })
    })
    fc.assert(
      fc.property(shape, ({ rows, query }) => expectBounds(rows, query)),
      { numRuns: 500 },
    )
  })

  test('the bounds of normalized rows are near their similarities, over several blocks', () => {
    const dimension = 384
    const count = 5000
    const values = Float32Array.from({ length: count * dimension }, (_, i) => Math.sin(i * 1.7 + (i % 384) ** 2))
    for (let start = 0; start < values.length; start += dimension) {
      const norm = Math.sqrt(dotProduct(values, start, values, start, dimension))
      for (let i = start; i < start + dimension; i++) values[i]! /= norm
    }
    const rows = new QuantizedRows(dimension)
    rows.append(values.subarray(0, 3000 * dimension), 3000, () => true)
    rows.append(values.subarray(3000 * dimension), count - 3000, () => true)
    const query = values.slice(7 * dimension, 8 * dimension)
    for (const [name, similarity] of SIMILARITIES) {
      const bounds = rows.upperBounds(query, name)
      for (let row = 0; row < count; row++) {
        const exact = similarity(query, 0, values, row * dimension, dimension)
        expect(bounds[row]!).toBeGreaterThanOrEqual(exact)
        expect(bounds[row]! - exact).toBeLessThan(2 * CLOSE)
      }
    }
  })

  test('rows that are skipped have no bound', () => {
    const rows = new QuantizedRows(2)
    rows.append(Float32Array.of(1, 0), 1, () => true)
    rows.skipTo(4100)
    rows.append(Float32Array.of(0, 1), 1, () => true)
    const bounds = rows.upperBounds(Float32Array.of(1, 1), 'dot product')
    expect(bounds.length).toBe(4101)
    expect(bounds.filter((bound) => bound !== -Infinity).length).toBe(2)
    expect(bounds[4100]).toBeCloseTo(1)
  })
})
