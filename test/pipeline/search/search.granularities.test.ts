import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, fingerprint, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { keepRecipe } from '../../../src/pipeline/collection/keep-recipe.js'
import { openCollectionPlan } from '../../../src/pipeline/collection/open-collection.js'
import { exportPoints } from '../../../src/pipeline/points-files/export-points.js'
import { ingestVectors } from '../../../src/pipeline/points-files/ingest-vectors.js'
import { openPointsWriter } from '../../../src/pipeline/points-files/points-writer.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { search } from '../../../src/pipeline/search/search.js'
import type { SearchOptions } from '../../../src/pipeline/search/search-options.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openStore } from '../../../src/stores/open-store.js'
import type { Store } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

const MODELS = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  bm25: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
}
const SPEC = { dense: MODELS.dense, sparse: MODELS.bm25, late: MODELS.late, maxTokens: 16, precision: 'int8' } as const
const QUESTION = 'What do uric acid crystals cause?'
const filler = (count: number, word: string) =>
  Array.from({ length: count }, (_, i) => `The ${word} of part ${i} hurts badly.`).join(' ')
const LINES = [
  { id: 'short', text: 'The knee hurts in winter.', kind: 'note' },
  { id: 'gout', text: `${filler(3, 'toe')} Uric acid crystals cause gout here.`, kind: 'article' },
  { id: 'other', text: `${filler(4, 'liver')} Nothing else is wrong with it.`, kind: 'article' },
]

let folder: string
let pool: EncoderPool
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-granularities-'))
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

async function fill(store: Store, chunking: 'auto' | null = 'auto') {
  return fillAs(store, await planCollection(SPEC, chunking === null ? {} : { chunking: { maxTokens: chunking } }))
}

async function fillAs(store: Store, plan: CollectionPlan) {
  const stdin = Readable.from([LINES.map((line) => JSON.stringify(line)).join('\n')])
  const opened = { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }
  await ingest(readDocuments(['-'], { stdin }), opened)
  return plan
}

async function find(store: Store, options: SearchOptions = {}) {
  const plan = await openCollectionPlan(store, 'docs', MODELS)
  return await search({ store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }, QUESTION, options)
}

test('documents of any length are found by their best chunk, the same in memory, on disk and on a server', async () => {
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client })
  const stores = [
    new MemoryStore(),
    await openStore({ kind: 'local', path: join(folder, 'store') }),
    await openStore({ kind: 'qdrant', url: server.url }),
  ]
  try {
    const answers = []
    for (const store of stores) {
      await fill(store)
      const hits = await find(store)
      expect(hits.map(({ documentId }) => documentId).sort()).toEqual(['gout', 'other', 'short'])
      expect(hits[0]).toMatchObject({
        documentId: 'gout',
        payload: { document: 'Uric acid crystals cause gout here.', chunk: 3, chunks: 4, kind: 'article' },
        ranks: { dense: 1, bm25: 1, fused: 1, late: 1 },
      })
      const notes = await find(store, { filter: { must: [{ key: 'kind', match: { value: 'note' } }] } })
      expect(notes.map(({ documentId, payload }) => [documentId, payload!.chunk])).toEqual([['short', undefined]])
      const others = [await find(store, { rerank: true }), await find(store, { methods: ['bm25'], limit: 1 })]
      expect(others.map(([first]) => first!.payload!.chunk)).toEqual([3, 3])
      answers.push(hits.map(({ id, score, payload }) => ({ id, score: score.toFixed(4), payload })))
    }
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  } finally {
    for (const store of stores) await store.close()
    await server.close()
    await client.close()
  }
})

test('a file of all points, or of some methods, is searched in another store as here', async () => {
  const store = new MemoryStore()
  await fill(store)
  for (const vectors of [undefined, ['dense', 'bm25']] as const) {
    const { recipe, points } = await exportPoints({ store, collection: 'docs' }, vectors && { vectors })
    const file = join(folder, `points-${vectors?.length ?? 'all'}.parquet`)
    const writer = await openPointsWriter(file, recipe)
    for await (const page of points) await writer.write(page)
    await writer.close()
    const other = new MemoryStore()
    await ingestVectors(file, { store: other, collection: 'docs' })
    const options = vectors && { methods: vectors }
    expect(await find(other, options)).toEqual(await find(store, options))
  }
})

test('a collection that was filled before keeps what it does with long documents, unless something else is asked for', async () => {
  const [whole, cut] = [new MemoryStore(), new MemoryStore()]
  const none = await fill(whole, null)
  const auto = await fill(cut)
  const kept = (store: Store, plan: typeof auto, chunks: boolean, startsOver = false) =>
    keepRecipe({ store, collection: 'docs', plan }, { chunks, documents: false, rows: false }, startsOver)
  expect(fingerprint(await kept(whole, auto, false))).toEqual(fingerprint(none))
  expect(await kept(cut, none, false)).toEqual(auto)
  expect(await kept(cut, none, true)).toEqual({ ...none, spec: { ...none.spec, poolFactor: 4 } })
  expect(await kept(whole, auto, false, true)).toEqual(auto)
  expect(await kept(new MemoryStore(), auto, false)).toEqual(auto)
  const refused = await fill(whole).catch(({ message }: Error) => message)
  expect(refused).toMatch(/chunking \(--chunk\): found nothing, expected model .* and wholeTokens 16/)
  expect(refused).not.toContain('documentVector')
  // names of vectors come with the option that is named
  const alsoRefused = [
    await kept(cut, none, true),
    await planCollection(SPEC, { chunking: { maxTokens: 'auto', documents: false } }),
  ].map((plan) => fillAs(cut, plan).catch(({ message }: Error) => message))
  const [ofChunks, ofDocuments] = (await Promise.all(alsoRefused)) as string[]
  expect(ofChunks).toMatch(/made differently: chunking \(--chunk\): .* expected nothing\. Use/)
  expect(ofDocuments).toMatch(
    /vectors\.dense\.documentVector \(--no-documents\): found "all-MiniLM-L6-v2", expected nothing/,
  )
  expect(ofChunks! + ofDocuments!).not.toContain('.vector ')
  const other = new MemoryStore()
  await other.createCollection('docs', { vectors: { 'all-MiniLM-L6-v2': { size: 384, distance: 'Cosine' } } })
  const dense = await planCollection({ dense: MODELS.dense }, { chunking: { maxTokens: 'auto' } })
  const plain = await kept(other, dense, false)
  expect([plain.chunking, plain.vectors.dense]).toEqual([
    null,
    expect.not.objectContaining({ documentVector: expect.anything() }),
  ])
  expect(await kept(other, dense, true)).toEqual(dense)
  // chunks of the time before documents had vectors of their own
  const chunking = { maxTokens: 12, documents: false }
  const alone = await planCollection(SPEC, { chunking })
  const former = new MemoryStore()
  const input = readDocuments(['-'], { stdin: Readable.from([JSON.stringify(LINES[1])]) })
  await ingest(input, { store: former, collection: 'docs', plan: alone, encoder: pool.encoder(alone.spec) })
  const same = await planCollection(SPEC, { chunking: { maxTokens: 12 } })
  expect(same.vectors.dense).toHaveProperty('documentVector')
  expect(await kept(former, same, true)).toEqual(alone)
  expect((await find(former))[0]!.documentId).toBe('gout')
})

test('a collection whose whole documents have vectors of the former names goes on as it is, and finds the same', async () => {
  const [store, former] = [new MemoryStore(), new MemoryStore()]
  const plan = await fill(store)
  const { dense, bm25, late } = plan.vectors as Required<typeof plan.vectors>
  const names = (vector: string) => ({ vector, documentVector: `${vector}-document` })
  const vectors = { dense: { ...dense, ...names('all-MiniLM-L6-v2') }, bm25: { ...bm25, ...names('bm25') }, late }
  await fillAs(former, { ...plan, vectors })
  expect((await find(former)).map(({ documentId, score }) => [documentId, score])).toEqual(
    (await find(store)).map(({ documentId, score }) => [documentId, score]),
  )
  for (const chunks of [false, true]) {
    const kept = await keepRecipe(
      { store: former, collection: 'docs', plan },
      { chunks, documents: false, rows: false },
    )
    expect(kept.vectors).toEqual(vectors)
    const opened = { store: former, collection: 'docs', plan: kept, encoder: pool.encoder(kept.spec) }
    const stdin = Readable.from([LINES.map((line) => JSON.stringify(line)).join('\n')])
    expect(await ingest(readDocuments(['-'], { stdin }), opened)).toMatchObject({ unchanged: 3, points: 0 })
  }
})
