import { expect, test } from 'vitest'
import { renderEvaluation } from '../../../src/cli/eval/eval-report.js'
import type { ReportedHit, SetResult } from '../../../src/cli/eval/evaluation-report.js'
import { parseMetrics } from '../../../src/pipeline/search/evaluation-metrics.js'

const QUESTIONS = ['What is gout?', 'Why <ear>?', 'Who cares?', 'How far?']
const DATASET = {
  name: 'notes & more',
  corpus: 'corpus.jsonl',
  queries: QUESTIONS.map((text, i) => ({ id: `q${i}`, text })),
  qrels: new Map(QUESTIONS.map((_, i) => [`q${i}`, new Map([['d1', 1]])])),
}
const VALUES = { default: [1, 1, 0.5, 0], bm25: [1, 0, 1, 0] }

const hit = (method: string, i: number): ReportedHit => ({
  ...{ documentId: `${method}-${i}`, text: `text of ${method} ${i} <i>`, grade: i % 2 },
})
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const result = {
  models: { dense: 'a/dense', bm25: 'a/bm25', late: 'a/late', reranker: null },
  methods: ['default', 'bm25'],
  evaluation: {
    methods: {
      default: { 'nDCG@10': mean(VALUES.default), secondsPerQuery: 0.004 },
      bm25: { 'nDCG@10': mean(VALUES.bm25), secondsPerQuery: 0.001 },
    },
    confidence: { default: [0.4, 0.9], bm25: [0.2, 0.8] },
    ownDocuments: 0,
  },
  perQuery: VALUES,
  firstHits: Object.fromEntries(
    ['default', 'bm25'].map((method) => [method, QUESTIONS.map((_, i) => [hit(method, i)])]),
  ),
  costs: null,
} as unknown as SetResult

const facts = { dataset: DATASET, documents: 9, metrics: parseMetrics('nDCG@10'), precision: 'int8', date: new Date(0) }
const page = renderEvaluation([result], facts)
const text = page
  .replace(/<svg.*?<\/svg>/gs, '')
  .replace(/<[^>]+>/g, ' ')
  .replace(/\s+/g, ' ')

test('a method is held against the default: where it gains, where it loses, and whether that is by chance', () => {
  expect(text).toContain('“BM25” against “All three, as search does”')
  expect(text).toContain('Better on 1, worse on 1, equal on 2 of 4 questions.')
  expect(text).toContain('which may be by chance')
  const [losing, gaining] = [text.indexOf('Where it loses most'), text.indexOf('Where it gains most')]
  expect(text.indexOf('Why &lt;ear&gt;?', losing)).toBeLessThan(gaining)
  expect(text.slice(gaining)).toContain('Who cares?')
  expect(text.slice(losing, gaining)).toContain('bm25-1 ✓ relevant text of bm25 1')
  expect(text.slice(losing, gaining)).toContain('default-1 ✓ relevant')
})

test('the worst questions come first, with what was found and what was not', () => {
  const worst = text.slice(text.indexOf('Worst questions of'))
  expect(worst).toContain('1 of 4 questions have a nDCG@10 of 0')
  expect(worst.indexOf('How far?')).toBeLessThan(worst.indexOf('Who cares?'))
  expect(text).toContain('q3, 1 relevant')
})

test('the page loads nothing, escapes what comes from outside, and draws numbers only', () => {
  expect(page).not.toMatch(/\b(src|href)=|https?:|@import|url\(|<script|<ear>|<i>/)
  expect(page).not.toMatch(/NaN|Infinity|undefined/)
  expect(text).toContain('How good search is on notes &amp; more')
})

test('one method alone is shown without anything to compare it with', () => {
  const alone = renderEvaluation([{ ...result, methods: ['bm25'] }], facts)
  expect(alone).not.toContain('against “')
  expect(alone.match(/<svg/g)).toHaveLength(1)
})
