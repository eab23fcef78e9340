import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  averagePrecisionAt,
  type Judgements,
  ndcgAt,
  precisionAt,
  recallAt,
  reciprocalRankAt,
  successAt,
} from '../../src/scoring/metrics.js'

interface Question {
  readonly grades: Readonly<Record<string, number>>
  readonly scores: Readonly<Record<string, number>>
  readonly measures: Readonly<Record<string, number>>
}

/** Made by scripts/make-metric-fixtures.py. */
const QUESTIONS = JSON.parse(readFileSync(new URL('fixtures/trec-eval.json', import.meta.url), 'utf8')) as Question[]
const ALL = Number.MAX_SAFE_INTEGER

type Metric = (k: number, ranked: readonly string[], judgements: Judgements) => number
const CASES: readonly (readonly [string, Metric, number])[] = [
  ...[1, 3, 10].map((k) => [`ndcg_cut_${k}`, ndcgAt, k] as const),
  ...[3, 10].map((k) => [`recall_${k}`, recallAt, k] as const),
  ...[1, 3, 10].map((k) => [`P_${k}`, precisionAt, k] as const),
  ...[3, 10].map((k) => [`map_cut_${k}`, averagePrecisionAt, k] as const),
  ...[1, 3, 10].map((k) => [`success_${k}`, successAt, k] as const),
  ['map', averagePrecisionAt, ALL],
  ['recip_rank', reciprocalRankAt, ALL],
]

/** trec_eval's order: by score, equal scores by the id, the last one first. */
function ranked(scores: Question['scores']): string[] {
  return Object.entries(scores)
    .sort(([a, one], [b, other]) => other - one || (a < b ? 1 : -1))
    .map(([id]) => id)
}

describe('metrics', () => {
  test.each(CASES)('%s is that of trec_eval on random runs and judgements', (name, metric, k) => {
    expect(QUESTIONS.length).toBeGreaterThan(100)
    for (const { grades, scores, measures } of QUESTIONS)
      expect(Math.abs(metric(k, ranked(scores), new Map(Object.entries(grades))) - measures[name]!)).toBeLessThan(1e-12)
  })
})
