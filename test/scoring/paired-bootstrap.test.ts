import { describe, expect, test } from 'vitest'
import { bootstrapMean, comparePaired } from '../../src/scoring/paired-bootstrap.js'

/** Values of 0 and 1, of which a share is 1. */
const coins = (count: number, ones: number) => Float64Array.from({ length: count }, (_, i) => (i < ones ? 1 : 0))
/** The normal approximation and the bootstrap agree to about a tenth of a standard error at this size. */
const NEAR = 0.01

describe('the bootstrap over questions', () => {
  test('gives the interval of a share as the normal approximation has it', () => {
    const [low, high] = bootstrapMean(coins(400, 100))
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400)
    expect(Math.abs(low - (0.25 - half))).toBeLessThan(NEAR)
    expect(Math.abs(high - (0.25 + half))).toBeLessThan(NEAR)
  })

  test('gives the same interval every time, and a point where all values are equal', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i))
    expect(bootstrapMean(values)).toEqual(bootstrapMean(values))
    expect(bootstrapMean(coins(20, 20))).toEqual([1, 1])
  })

  test('sees a small difference on the same questions that two intervals would not show', () => {
    const first = Float64Array.from({ length: 200 }, (_, i) => (i % 10) / 10)
    const second = first.map((value) => value + 0.02)
    const compared = comparePaired(first, second)
    expect(compared.difference).toBeCloseTo(0.02, 12)
    expect(compared.isSignificant).toBe(true)
    expect(bootstrapMean(first)[1]).toBeGreaterThan(bootstrapMean(second)[0])
  })

  test('does not call noise a difference', () => {
    const first = coins(30, 15)
    const second = Float64Array.from(first).reverse()
    expect(comparePaired(first, second).isSignificant).toBe(false)
  })

  test('refuses lists of different length', () => {
    expect(() => comparePaired([1], [1, 2])).toThrow('got 1 and 2')
  })
})
