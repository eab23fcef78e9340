import { describe, expect, test } from 'vitest'
import { fuseByDistribution } from '../../src/scoring/distribution-based-fusion.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { type TuningQuestion, tuneWeights, weightChoices } from '../../src/scoring/tune-weights.js'

/**
 * Questions with one relevant document among 40, which each list puts up by its strength, 0 … 1; a strength of 0 is noise.
 */
function questions(count: number, strengths: readonly number[], seed = 1): TuningQuestion[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () => {
    const relevant = Math.floor(random() * 40)
    const lists = strengths.map((strength) => {
      const scores = Array.from({ length: 40 }, (_, i) => random() + (i === relevant ? strength : 0))
      const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
      return [{ items: order.map((i) => `d${i}`), scores: order.map((i) => scores[i]!) }]
    })
    return { lists, judgements: new Map([[`d${relevant}`, 1]]) }
  })
}

/** Mean nDCG@10 of the lists fused with weights, by hand. */
function meanOf(some: readonly TuningQuestion[], weights: readonly number[]): number {
  const values = some.map(({ lists, judgements }) => {
    const fused = new Map<string, number>()
    for (const [i, [list]] of lists.entries()) {
      for (const [item, score] of fuseByDistribution([list!]))
        fused.set(item, (fused.get(item) ?? 0) + weights[i]! * score)
    }
    const [relevant] = judgements.keys()
    const before = [...fused.values()].filter((score) => score > fused.get(relevant!)!).length
    return before < 10 ? 1 / Math.log2(before + 2) : 0
  })
  return values.reduce((a, b) => a + b, 0) / values.length
}

describe('tuneWeights', () => {
  test('gives less to lists that are noise, and the gain holds for questions that were not used', () => {
    const strengths = [1, 0, 0]
    const { weights, gain } = tuneWeights(questions(60, strengths))
    expect(weights[0]).toBeGreaterThan(Math.max(weights[1]!, weights[2]!))
    expect(gain.isSignificant).toBe(true)
    expect(gain.difference).toBeGreaterThan(0.1)
  })

  test('stays with equal weights where lists are alike, and promises no gain', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { weights, gain } = tuneWeights(questions(40, [0.6, 0.6, 0.6], seed))
      const [low, high] = [Math.min(...weights), Math.max(...weights)]
      expect(high / low).toBeLessThanOrEqual(4)
      expect(gain.isSignificant && gain.difference > 0).toBe(false)
    }
  })

  test('of 20 questions no draw gives other questions clearly less than the best list alone', () => {
    const strengths = [1, 0.1, 0.1]
    const others = questions(400, strengths, 1000)
    const alone = meanOf(others, [1, 0, 0])
    for (let seed = 1; seed <= 8; seed++) {
      const { weights } = tuneWeights(questions(20, strengths, seed))
      expect(meanOf(others, weights), `seed ${seed}: ${weights}`).toBeGreaterThan(alone - 0.015)
    }
  })

  test('a document in chunks counts by its best one', () => {
    const whole = questions(30, [1, 0.2])
    const chunked = whole.map(({ lists, judgements }): TuningQuestion => {
      // each item is a chunk, and half as good a one of its document stands behind all others
      const behind = (scores: readonly number[]) => scores.map((_, i) => Math.min(...scores) - 0.001 * (i + 1))
      const doubled = lists.map(([list]) => {
        const { items, scores } = list!
        return [{ items: [...items, ...items.map((item) => `${item}/1`)], scores: [...scores, ...behind(scores)] }]
      })
      const documents = new Map(
        doubled.flat().flatMap(({ items }) => items.map((item) => [item, item.replace('/1', '')])),
      )
      return { lists: doubled, documents, judgements }
    })
    const { weights, gain } = tuneWeights(chunked)
    expect(weights[0]).toBeGreaterThan(weights[1]!)
    expect(gain.difference).toBeGreaterThan(0)
  })

  test('two lists of one way to search count half each', () => {
    // noise beside a good list makes one way that is a little better than noise alone
    const halves = questions(60, [1, 0, 0]).map(
      ({ lists: [good, noise, other], judgements }): TuningQuestion => ({
        lists: [[...good!, ...noise!], other!],
        judgements,
      }),
    )
    const { weights, gain } = tuneWeights(halves)
    expect(weights[0]).toBeGreaterThan(weights[1]!)
    expect(gain.isSignificant).toBe(true)
  })

  test('is the same for the same questions', () => {
    const some = questions(30, [0.9, 0.3, 0.1])
    expect(tuneWeights(some)).toEqual(tuneWeights(some))
  })

  test('tries every direction once, equal weights first and free', () => {
    const choices = weightChoices(3)
    expect(choices[0]).toEqual({ weights: [1, 1, 1], penalty: 0 })
    const directions = choices.map(({ weights }) => weights.map((weight) => weight / Math.max(...weights)).join())
    expect(new Set(directions).size).toBe(choices.length)
    expect(choices.every(({ penalty }) => penalty >= 0)).toBe(true)
    expect(weightChoices(2).map(({ weights }) => weights.join())).toContain('1,0')
  })
})
