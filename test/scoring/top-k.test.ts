import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TopK } from '../../src/scoring/top-k.js'

const byNumber = (a: number, b: number) => a - b

test('the k best are those of a full sort, equal scores by item, whatever the order of offering', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200 })
  fc.assert(
    fc.property(scores, fc.integer({ min: 0, max: 50 }), (list, k) => {
      const top = new TopK(k, byNumber)
      list.forEach((score, item) => {
        top.offer(item, score)
      })
      const sorted = list.map((score, item) => ({ score, item })).sort((a, b) => b.score - a.score || a.item - b.item)
      const { items, scores: kept } = top.sorted()
      expect(items).toEqual(sorted.slice(0, k).map(({ item }) => item))
      expect(kept).toEqual(sorted.slice(0, k).map(({ score }) => score))
    }),
  )
})

test('wouldKeep says beforehand what offer does', () => {
  const top = new TopK(2, byNumber)
  for (const [item, score] of [
    [5, 1],
    [6, 1],
  ] as const)
    top.offer(item, score)
  expect([top.wouldKeep(7, 1), top.wouldKeep(4, 1), top.wouldKeep(9, 2), top.wouldKeep(1, 0)]).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(new TopK(0, byNumber).wouldKeep(1, 1)).toBe(false)
  expect([top.bar, new TopK(3, byNumber).bar, new TopK(0, byNumber).bar]).toEqual([1, -Infinity, Infinity])
})
