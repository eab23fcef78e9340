import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuseByDistribution } from '../../src/scoring/distribution-based-fusion.js'
import { fuseByReciprocalRank } from '../../src/scoring/reciprocal-rank-fusion.js'

/** Fused scores are float32. */
const TOLERANCE = 6

describe('reciprocal rank fusion', () => {
  test('the default k of 2 gives 1/2, 1/3, 1/4 … and adds up over lists', () => {
    const fused = fuseByReciprocalRank([
      ['c', 'a', 'b'],
      ['a', 'c', 'b'],
    ])
    expect(fused.get('a')).toBeCloseTo(0.833333, TOLERANCE)
    expect(fused.get('c')).toBeCloseTo(0.833333, TOLERANCE)
    expect(fused.get('b')).toBeCloseTo(0.5, TOLERANCE)
  })

  test('a k of 60 gives the scores of the original paper', () => {
    const fused = fuseByReciprocalRank([['a', 'b']], { rrfK: 60 })
    expect(fused.get('a')).toBeCloseTo(1 / 60, TOLERANCE)
    expect(fused.get('b')).toBeCloseTo(1 / 61, TOLERANCE)
  })

  test('a weight divides the rank, and a weight of 0 or less adds nothing', () => {
    const lists = [
      ['c', 'a', 'b'],
      ['a', 'c', 'b'],
    ]
    const fused = fuseByReciprocalRank(lists, { weights: [3, 1] })
    expect(fused.get('a')).toBeCloseTo(1.1, TOLERANCE)
    expect(fused.get('c')).toBeCloseTo(1.083333, TOLERANCE)
    expect(fused.get('b')).toBeCloseTo(0.75, TOLERANCE)
    expect([...fuseByReciprocalRank(lists, { weights: [0, -1] }).values()]).toEqual([0, 0, 0])
  })

  test('an item that is first in every list is never beaten', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 5 }),
        (lists) => {
          const fused = fuseByReciprocalRank(lists.map((list) => [0, ...list]))
          expect(Math.max(...fused.values())).toBe(fused.get(0))
        },
      ),
    )
  })
})

describe('distribution-based score fusion', () => {
  test('scores are scaled so that mean − 3σ is 0 and mean + 3σ is 1, and not clamped', () => {
    const fused = fuseByDistribution([
      { items: ['c', 'a', 'b'], scores: [1, 0.6, 0] },
      { items: ['a'], scores: [1] },
    ])
    expect(fused.get('a')).toBeCloseTo(1.022076, TOLERANCE)
    expect(fused.get('c')).toBeCloseTo(0.654529, TOLERANCE)
    expect(fused.get('b')).toBeCloseTo(0.323396, TOLERANCE)
  })

  test('each item of a list of equal scores counts 0.5', () => {
    expect([...fuseByDistribution([{ items: [1, 2], scores: [7, 7] }]).values()]).toEqual([0.5, 0.5])
  })

  test('empty lists fuse to nothing', () => {
    expect(fuseByDistribution([{ items: [], scores: [] }]).size).toBe(0)
    expect(fuseByReciprocalRank([]).size).toBe(0)
  })

  test('scaling the scores of a list does not change what it adds', () => {
    const list = { items: [1, 2, 3], scores: [0.9, 0.5, 0.1] }
    const scaled = { items: [1, 2, 3], scores: [90, 50, 10] }
    const [a, b] = [fuseByDistribution([list]), fuseByDistribution([scaled])]
    for (const item of list.items) expect(a.get(item)).toBeCloseTo(b.get(item)!, TOLERANCE)
  })
})
