import { describe, expect, test } from 'vitest'
import { ndcgAt, recallAt, reciprocalRankAt } from '../../src/scoring/metrics.js'

const DIGITS = 12

describe('retrieval metrics', () => {
  const judgements = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 0],
  ])

  test('the best order has nDCG 1 and one relevant document on rank 2 has 1 / log2(3)', () => {
    expect(ndcgAt(10, ['a', 'b'], judgements)).toBe(1)
    expect(ndcgAt(10, ['x', 'a'], new Map([['a', 1]]))).toBeCloseTo(1 / Math.log2(3), DIGITS)
  })

  test('graded relevance counts linearly, as in trec_eval', () => {
    const swapped = (1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3))
    expect(ndcgAt(10, ['b', 'a'], judgements)).toBeCloseTo(swapped, DIGITS)
  })

  test('the best order is cut at k too, so that k relevant documents first give 1', () => {
    const many = new Map(['a', 'b', 'c'].map((id) => [id, 1]))
    expect(ndcgAt(2, ['a', 'b'], many)).toBe(1)
  })

  test('recall counts the relevant documents among the first k', () => {
    expect(recallAt(2, ['a', 'x', 'b'], judgements)).toBe(0.5)
    expect(recallAt(3, ['a', 'x', 'b'], judgements)).toBe(1)
  })

  test('the reciprocal rank is 1 / rank of the first relevant document and 0 beyond k', () => {
    expect(reciprocalRankAt(10, ['x', 'c', 'b'], judgements)).toBeCloseTo(1 / 3, DIGITS)
    expect(reciprocalRankAt(2, ['x', 'y', 'b'], judgements)).toBe(0)
  })

  test('without a relevant document every metric is 0', () => {
    const none = new Map([['c', 0]])
    expect([ndcgAt(10, ['c'], none), recallAt(10, ['c'], none), reciprocalRankAt(10, ['c'], none)]).toEqual([0, 0, 0])
  })
})
