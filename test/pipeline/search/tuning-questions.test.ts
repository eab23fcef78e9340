import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { search } from '../../../src/pipeline/search/search.js'
import { readTuningQuestions } from '../../../src/pipeline/search/tuning-questions.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { fuseByDistribution } from '../../../src/scoring/distribution-based-fusion.js'
import { MemoryStore } from '../../../src/stores/memory.js'

/** Scores are float32, and sums are taken in another order here. */
const TOLERANCE = 1e-5

const SPEC = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  sparse: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
  maxTokens: 16,
  precision: 'int8',
} as const
const TEXTS = [
  'The knee hurts in winter.',
  'The toe hurts badly in the night. It is red and hot. Uric acid crystals cause gout here. Rest helps.',
  'The liver is large. Nothing else is wrong with it, and no crystals were seen. The knee is well, too.',
  'Crystals of salt are white. They are found in the sea, and in the ground of dry lands.',
]
const QUESTION = { id: 'q', text: 'What do uric acid crystals cause?' }

let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(() => pool.close())

test.each([
  ['whole documents', undefined],
  ['chunks and documents', 'auto'],
  ['chunks alone', 16],
] as const)('the lists of %s give the scores of a search, added up', async (_, maxTokens) => {
  const store = new MemoryStore()
  const plan = await planCollection(SPEC, maxTokens === undefined ? {} : { chunking: { maxTokens } })
  const opened = { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }
  const lines = TEXTS.map((text, i) => JSON.stringify({ id: `d${i}`, text }))
  await ingest(readDocuments(['-'], { stdin: Readable.from([lines.join('\n')]) }), opened)
  const dataset = { name: 'few', corpus: '', queries: [QUESTION], qrels: new Map([['q', new Map([['d1', 1]])]]) }
  const { lists, questions } = await readTuningQuestions(dataset, opened)
  expect(lists).toEqual(['dense', 'bm25', 'late'])

  const [question] = questions
  const sums = new Map<string, number>()
  for (const parts of question!.lists)
    for (const part of parts)
      for (const [item, score] of fuseByDistribution([part]))
        sums.set(item, (sums.get(item) ?? 0) + score / parts.length)
  const best = new Map<string, number>()
  for (const [item, score] of sums) {
    const document = question!.documents?.get(item) ?? item
    best.set(document, Math.max(best.get(document) ?? 0, score))
  }
  const hits = await search(opened, QUESTION.text)
  expect([...best].sort((a, b) => b[1] - a[1]).map(([document]) => document)).toEqual(hits.map((hit) => hit.documentId))
  for (const { documentId, score } of hits)
    expect(Math.abs(best.get(String(documentId))! - score)).toBeLessThan(TOLERANCE)
})
