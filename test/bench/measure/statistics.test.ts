import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { median, orderOfRound, quantile, speedRatio } from '../../../src/bench/measure/statistics.js'

describe('median and quantile', () => {
  test('of an odd number is the middle value, of an even number the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBeNaN()
  })

  test('a quantile lies between its neighbours', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0)).toBe(1)
    expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5)
  })

  test('a median does not depend on the order of the values and leaves them as they are', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (values) => {
        const before = [...values]
        expect(median([...values].reverse())).toBe(median(values))
        expect(values).toEqual(before)
      }),
    )
  })
})

describe('speedRatio', () => {
  test('is the median of the ratios of the rounds, not the ratio of the medians', () => {
    expect(speedRatio([10, 20, 90], [10, 10, 30], 'texts/s')).toBe(2)
  })

  test('counts times the other way round: half the time is twice as fast', () => {
    expect(speedRatio([50], [100], 'ms')).toBe(2)
  })

  test('leaves out rounds in which one of the two was not measured', () => {
    expect(speedRatio([10, null, 30], [5, 1, null], 'texts/s')).toBe(2)
    expect(speedRatio([null], [1], 'texts/s')).toBeNull()
    expect(speedRatio([1], [], 'texts/s')).toBeNull()
  })
})

describe('orderOfRound', () => {
  test('every other round runs backwards', () => {
    const rows = ['a', 'b', 'c']
    expect([0, 1, 2].map((round) => orderOfRound(rows, round).join(''))).toEqual(['abc', 'cba', 'abc'])
    expect(rows).toEqual(['a', 'b', 'c'])
  })
})
