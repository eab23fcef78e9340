import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSmallBetter, shownScore, similarityOf } from '../../src/scoring/distance.js'
import { dotProduct } from '../../src/scoring/dot-product.js'
import { idf } from '../../src/scoring/idf.js'
import { maxSim, prepareMaxSim } from '../../src/scoring/max-sim.js'
import { sparseDotProduct } from '../../src/scoring/sparse-dot-product.js'
import { rows, sparse } from '../stores/store.contract.js'

/** Two ways of summing the same float32 products differ in their last bits only. */
const SUM_TOLERANCE = 1e-9

describe('dot product', () => {
  test('of parts of flat arrays it is the sum of products, whatever the length', () => {
    const value = fc.float({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (list) => {
        const a = Float32Array.from([9, ...list])
        const b = Float32Array.from([7, 7, ...list.map((x) => x / 2)])
        let sum = 0
        for (let i = 0; i < list.length; i++) sum += a[i + 1]! * b[i + 2]!
        expect(Math.abs(dotProduct(a, 1, b, 2, list.length) - sum)).toBeLessThan(SUM_TOLERANCE)
      }),
    )
  })
})

describe('distances', () => {
  test('a distance is shown positive, the nearest first', () => {
    const [a, b] = [Float32Array.of(0, 0), Float32Array.of(3, 4)]
    expect(shownScore('Euclid', similarityOf('Euclid')(a, 0, b, 0, 2))).toBe(5)
    expect(shownScore('Manhattan', similarityOf('Manhattan')(a, 0, b, 0, 2))).toBe(7)
    expect(['Cosine', 'Dot', 'Euclid', 'Manhattan'].map((name) => isSmallBetter(name as 'Dot'))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('MaxSim', () => {
  test('each query row counts its best document row', () => {
    expect(maxSim(rows([1, 0], [0, 1]), rows([0.6, 0.8], [1, 0]))).toBeCloseTo(1.8)
  })

  test('with Euclid the nearest row counts', () => {
    const sum = prepareMaxSim(rows([0, 0], [3, 3]), similarityOf('Euclid'))(rows([1, 0], [3, 2]))
    expect(shownScore('Euclid', sum)).toBeCloseTo(Math.SQRT2)
  })
})

/** Sums of a few float32 products of numbers up to 1, in float32 and in float64. */
const FLOAT32_TOLERANCE = 1e-5

describe('MaxSim in blocks', () => {
  test('any number of query and document rows gives the plain double loop', () => {
    const shape = fc.record({
      queryRows: fc.integer({ min: 1, max: 11 }),
      documentRows: fc.integer({ min: 1, max: 9 }),
      dimension: fc.integer({ min: 1, max: 9 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(shape, ({ queryRows, documentRows, dimension, seed }) => {
        const valueAt = (i: number) => Math.sin(seed + i * 1.7)
        const make = (count: number, from: number) => ({
          rows: count,
          dimension,
          values: Float32Array.from({ length: count * dimension }, (_, i) => valueAt(from + i)),
        })
        const query = make(queryRows, 0)
        const document = make(documentRows, 1000)
        let plain = 0
        for (let q = 0; q < queryRows; q++) {
          const products = Array.from({ length: documentRows }, (_, d) =>
            dotProduct(query.values, q * dimension, document.values, d * dimension, dimension),
          )
          plain += Math.max(...products)
        }
        expect(Math.abs(maxSim(query, document) - plain)).toBeLessThan(FLOAT32_TOLERANCE)
      }),
    )
  })
})

describe('prepared MaxSim', () => {
  test('two queries that take turns do not disturb each other', () => {
    const document = rows([1, 0, 2], [0, 1, 0], [3, 1, 1])
    const first = prepareMaxSim(rows([1, 0, 0], [0, 1, 0], [0, 0, 1]))
    const second = prepareMaxSim(rows([1, 1, 1]))
    expect([first(document), second(document), first(document), second(document)]).toEqual([6, 5, 6, 5])
  })

  test('a value that is not a number comes through', () => {
    expect(maxSim(rows([1, 0]), rows([Number.NaN, 0], [1, 1]))).toBeNaN()
  })
})

describe('sparse dot product', () => {
  test('it sums over shared indices and is null where there is none', () => {
    expect(sparseDotProduct(sparse({ 1: 2, 5: 3 }), sparse({ 5: 4, 9: 1 }))).toBe(12)
    expect(sparseDotProduct(sparse({ 1: 2 }), sparse({ 2: 2 }))).toBeNull()
    expect(sparseDotProduct(sparse({ 1: 1 }), sparse({ 1: 0 }))).toBe(0)
    expect(sparseDotProduct(sparse({}), sparse({ 1: 1 }))).toBeNull()
  })
})

describe('inverse document frequency', () => {
  test('it is ln((N − df + 0.5) / (df + 0.5) + 1)', () => {
    expect(idf(3, 1)).toBeCloseTo(0.980829, 6)
    expect(idf(3, 3)).toBeCloseTo(0.133531, 6)
    expect(idf(0, 0)).toBeCloseTo(Math.log(2), 6)
  })
})
