import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { readBeirDataset } from '../../../src/pipeline/search/beir.js'
import { evaluate } from '../../../src/pipeline/search/evaluate.js'
import { EvaluationCorpora } from '../../../src/pipeline/search/evaluation-corpora.js'
import { neededVectors, parseEvaluationMethods } from '../../../src/pipeline/search/evaluation-methods.js'
import { parseMetrics } from '../../../src/pipeline/search/evaluation-metrics.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openStore } from '../../../src/stores/open-store.js'

let folder: string
let pool: EncoderPool
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-evaluate-'))
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

const jsonl = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')

/** A dataset's folder. @param qrels path and contents of the judgements */
function write(
  name: string,
  documents: readonly object[],
  queries: readonly object[],
  qrels: [string, string],
): string {
  const path = join(folder, name)
  mkdirSync(join(path, 'qrels'), { recursive: true })
  writeFileSync(join(path, 'corpus.jsonl'), jsonl(documents))
  writeFileSync(join(path, 'queries.jsonl'), jsonl(queries))
  writeFileSync(join(path, ...qrels[0].split('/')), qrels[1])
  return path
}

async function run(path: string, chunk?: number) {
  const chunking =
    chunk === undefined ? undefined : { maxTokens: chunk, model: 'sentence-transformers/all-MiniLM-L6-v2' }
  const plan = await planCollection({ sparse: 'Qdrant/bm25' }, { chunking })
  const dataset = await readBeirDataset(path)
  const store = new MemoryStore()
  const encoder = pool.encoder(plan.spec)
  await ingest(readDocuments([dataset.corpus]), { store, collection: 'docs', plan, encoder })
  return await evaluate(dataset, { store, collection: 'docs', plan, encoder }, ['bm25'])
}

describe('a question that stands in the corpus itself', () => {
  const texts = {
    a: 'Cats are better pets.',
    b: 'Cats are no better pets than dogs are.',
    5: 'Dogs bark. They bark at cats.',
  }

  test.each([undefined, 8])(
    'does not find its own document, whole or in chunks of %s tokens, whatever its id is',
    async (chunk) => {
      const documents = Object.entries(texts).map(([_id, text]) => ({ _id: _id === '5' ? 5 : _id, text }))
      const queries = [
        { _id: 'a', text: texts.a },
        { _id: '5', text: texts[5] },
      ]
      const path = write(`own-${chunk}`, documents, queries, [
        'qrels.tsv',
        'query-id\tcorpus-id\tscore\na\tb\t1\n5\tb\t1\n',
      ])
      const { methods, ownDocuments } = await run(path, chunk)
      expect(ownDocuments).toBe(2)
      // the document itself would be first, and the one that answers second
      expect(methods.bm25).toMatchObject({ 'RR@10': 1, 'R@10': 1 })
    },
  )

  test('is no other document: questions of other ids leave nothing out', async () => {
    const documents = Object.entries(texts).map(([_id, text]) => ({ _id, text }))
    const path = write('other', documents, [{ _id: 'q', text: texts.a }], ['qrels.tsv', 'q\ta\t1'])
    expect(await run(path)).toMatchObject({ ownDocuments: 0, methods: { bm25: { 'RR@10': 1 } } })
  })
})

describe('judgements', () => {
  const documents = [{ _id: 'd1', text: 'one' }]
  const queries = [{ _id: 'q1', text: 'one' }]

  test.each([
    ['BEIR with a header', 'qrels.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t2\n'],
    ['BEIR without', 'qrels.tsv', 'q1\td1\t2'],
    ['ids with spaces between tabs', 'qrels.tsv', 'q1\td1\t2\nq 2\td 2\t1'],
    ['TREC with spaces', 'qrels.tsv', 'q1 0 d1 2\nq2 0 d9 1\n'],
    ['TREC with tabs', 'qrels/test.tsv', 'q1\t0\td1\t2\n'],
    ['TREC in qrels.txt', 'qrels.txt', 'q1 Q0  d1 2\r\n'],
  ])('are read: %s', async (name, file, content) => {
    const { qrels } = await readBeirDataset(write(name, documents, queries, [file, content]))
    expect(qrels.get('q1')).toEqual(new Map([['d1', 2]]))
  })

  test('of a named split are those of its file, and a line that is none is named', async () => {
    const path = write('split', documents, queries, ['qrels/dev.tsv', 'q1\td1\t1'])
    expect((await readBeirDataset(path, 'dev')).qrels.size).toBe(1)
    await expect(readBeirDataset(path)).rejects.toMatchObject({ code: 'DATASET_INVALID' })
    const bad = write('bad', documents, queries, ['qrels.tsv', 'q1\td1\t1\nq1 d1'])
    await expect(readBeirDataset(bad)).rejects.toThrow(/qrels\.tsv, line 2: .*TREC/)
  })
})

describe('metrics', () => {
  const judgements = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 0],
  ])
  const measure = (name: string, ranked: string[]) => parseMetrics(name)[0]!.measure(ranked, judgements)

  test.each<[string, string[], number]>([
    ['P@10', ['a', 'x', 'b'], 0.2],
    ['AP@10', ['x', 'a', 'b'], (1 / 2 + 2 / 3) / 2],
    ['AP@2', ['x', 'a', 'b'], 1 / 4],
    ['Success@1', ['c', 'a'], 0],
    ['Success@2', ['c', 'a'], 1],
    ['R@1', ['b'], 0.5],
  ])('%s of %j is as trec_eval has it', (name, ranked, value) => {
    expect(measure(name, ranked)).toBeCloseTo(value, 12)
  })

  test('are known by their usual names in any letter case, and others are refused', () => {
    expect(parseMetrics('ndcg@10, MAP@100,mrr@10,Recall@5').map(({ name }) => name)).toEqual([
      'nDCG@10',
      'AP@100',
      'RR@10',
      'R@5',
    ])
    for (const wrong of ['nDCG', 'nDCG@0', 'nDCG@101', 'F1@3', '', 'toString@3'])
      expect(() => parseMetrics(wrong), wrong).toThrow(/--metrics: expected some of nDCG/)
  })
})

test('methods need their own vectors alone', () => {
  expect(neededVectors(parseEvaluationMethods(['bm25']))).toEqual(['bm25'])
  expect(neededVectors(parseEvaluationMethods(['bm25', 'dense']))).toEqual(['dense', 'bm25'])
  expect(neededVectors(parseEvaluationMethods(['default']))).toEqual(['dense', 'bm25', 'late'])
  expect(() => parseEvaluationMethods(['best'])).toThrow(/--methods: expected some of dense/)
})

describe('embedded corpora', () => {
  const base = 'scifact-0123456789ab-fp32'

  test('are used where they hold the vectors that are needed, or more, and are whole', async () => {
    const path = join(folder, 'choose')
    const corpora = await EvaluationCorpora.open(path)
    mkdirSync(path)
    expect(corpora.choose(base, ['bm25'])).toEqual({ collection: `${base}-bm25`, methods: ['bm25'] })
    await corpora.noteUse(base, false)
    expect(corpora.choose(base, ['bm25'])).toMatchObject({ methods: ['bm25'] })
    await corpora.noteUse(base, true)
    const again = await EvaluationCorpora.open(path)
    expect(again.choose(base, ['bm25'])).toEqual({ collection: base, methods: ['dense', 'bm25', 'late'] })
    expect(again.choose('other-0123456789ab-fp32', ['bm25'])).toMatchObject({ methods: ['bm25'] })
  })

  test('are deleted when they were not used for the longest time, and other collections never', async () => {
    const path = join(folder, 'prune')
    const store = await openStore({ kind: 'local', path })
    const corpora = await EvaluationCorpora.open(path)
    const names = [1, 2, 3].map((n) => `set-00000000000${n}-int8`)
    for (const name of ['mine', ...names]) {
      await store.createCollection(name, { vectors: { v: { size: 64, distance: 'Dot' } } } as never)
      const points = Array.from({ length: 100 }, (_, id) => ({
        id,
        vectors: { v: new Float32Array(64).fill(id) },
        payload: {},
      }))
      await store.upsert(name, points)
    }
    for (const name of names) await corpora.noteUse(name, true)
    expect(await corpora.prune(store, [names[2]!], 1e9)).toEqual([])
    // room for one of those that are not in use
    expect(await corpora.prune(store, [names[2]!], 40_000)).toEqual([names[0]])
    expect(await corpora.clean(store)).toEqual([names[1], names[2]])
    expect(await store.listCollections()).toEqual(['mine'])
    await store.close()
  })
})
