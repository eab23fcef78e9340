import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { Rejection } from '../../../src/pipeline/documents/good-documents.js'
import { type IngestOptions, ingest } from '../../../src/pipeline/runs/ingest.js'
import { search } from '../../../src/pipeline/search/search.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'

const SPEC = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  sparse: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
}

let pool: EncoderPool
let plan: CollectionPlan
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 2 })
  plan = await planCollection(SPEC)
})
afterAll(() => pool.close())

function run(store: Store, lines: readonly string[], options: IngestOptions = {}, itsPlan = plan) {
  const records = readDocuments(['-'], { stdin: Readable.from([lines.join('\n')]) })
  return ingest(records, { store, collection: 'docs', plan: itsPlan, encoder: pool.encoder(itsPlan.spec) }, options)
}

const line = (id: unknown, text: unknown) => JSON.stringify({ id, text })

/** All points as a search would meet them. */
async function contents(store: Store) {
  return (await store.scroll('docs', { limit: 1000, vectors: true })).points
}

describe('ingest', () => {
  test('stores every good document once and rejects the others with line, code and reason', async () => {
    const store = new MemoryStore()
    const rejections: Rejection[] = []
    const summary = await run(store, [line(1, 'one'), '{', line(2, 'two'), line(3, 7), line(4, ' ')], {
      onRejected: (rejection) => rejections.push(rejection),
    })
    expect(summary).toMatchObject({ documents: 2, points: 2, unchanged: 0, failed: 3, interrupted: false })
    expect(rejections.map(({ place }) => place.line)).toEqual([2, 4, 5])
    expect(await store.count('docs')).toBe(2)
  })

  test('a second run leaves unchanged documents alone and replaces those that changed', async () => {
    const store = new MemoryStore()
    await run(store, [line(1, 'one'), line(2, 'two')])
    const again = await run(store, [line(1, 'one'), line(2, 'two, but longer'), line(3, 'three')])
    expect(again).toMatchObject({ documents: 3, points: 2, unchanged: 1 })
    expect((await store.retrieve('docs', [2]))[0]!.payload).toMatchObject({ document: 'two, but longer' })
  })

  test('an interrupted run that is continued ends equal, bit for bit, to an undisturbed one', async () => {
    const lines = Array.from({ length: 600 }, (_, i) =>
      line(i, `Document number ${i} about cartilage ${'and more '.repeat(i % 7)}`),
    )
    const undisturbed = new MemoryStore()
    await run(undisturbed, lines)
    const store = new MemoryStore()
    const controller = new AbortController()
    const first = await run(store, lines, { signal: controller.signal, onProgress: () => controller.abort() })
    expect(first.interrupted).toBe(true)
    const second = await run(store, lines)
    expect(second.documents).toBe(600)
    expect(await contents(store)).toEqual(await contents(undisturbed))
  })

  test('of two documents with the same id the last wins, in every run', async () => {
    const store = new MemoryStore()
    const lines = [line('a', 'first version'), line('a', 'second version'), line('b', 'another')]
    for (let round = 0; round < 3; round++) {
      await run(store, lines)
      const texts = (await contents(store)).map(({ payload }) => payload?.document)
      expect(texts.sort()).toEqual(['another', 'second version'])
    }
  })

  test('a collection that another recipe left empty is made anew', async () => {
    const store = new MemoryStore()
    const wrongField = await planCollection(SPEC, { idField: 'kye' })
    expect(await run(store, ['{'], {}, wrongField)).toMatchObject({ points: 0, failed: 1 })
    expect(await run(store, [line(1, 'one')])).toMatchObject({ points: 1 })
  })

  test('a collection made by another recipe is refused, naming what differs, and nothing is written', async () => {
    const store = new MemoryStore()
    await run(store, [line(1, 'one')])
    const other = await planCollection({ ...SPEC, maxTokens: 32 })
    await expect(run(store, [line(2, 'two')], {}, other)).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
      message: expect.stringContaining('maxTokens (--max-tokens): found null, expected 32'),
    })
    expect(await store.count('docs')).toBe(1)
  })

  test('an input that is not there leaves no collection behind', async () => {
    const store = new MemoryStore()
    const running = ingest(readDocuments(['nowhere.jsonl']), {
      store,
      collection: 'docs',
      plan,
      encoder: pool.encoder(plan.spec),
    })
    await expect(running).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' })
    expect(await store.listCollections()).toEqual([])
  })
})

describe('search', () => {
  const lines = [
    line('cartilage', 'Relapsing polychondritis is a rare disease with recurrent inflammation of cartilage.'),
    line('gout', 'Gout is caused by crystals of uric acid in a joint.'),
    line('asthma', 'Asthma narrows the airways and causes wheezing.'),
  ]

  test.each([
    ['the default', {}],
    ['fusion by rank', { fusion: 'rrf' as const }],
    ['reranking', { rerank: true }],
    ['dense alone', { methods: ['dense' as const] }],
    ['BM25 alone', { methods: ['bm25' as const] }],
    ['late interaction alone', { methods: ['late' as const] }],
  ])('%s finds the document that answers, first, by its own id', async (_, options) => {
    const store = new MemoryStore()
    await run(store, lines)
    const encoder = pool.encoder(plan.spec)
    const [best] = await search({ store, collection: 'docs', plan, encoder }, 'inflammation of cartilage', {
      limit: 2,
      ...options,
    })
    expect(best).toMatchObject({ documentId: 'cartilage', payload: { id: 'cartilage' } })
  })

  test('a method whose vectors the collection lacks is refused, naming what it has', async () => {
    const store = new MemoryStore()
    const sparse = await planCollection({ sparse: SPEC.sparse })
    await run(store, lines, {}, sparse)
    for (const options of [{ methods: ['dense' as const] }, { rerank: true }]) {
      await expect(
        search({ store, collection: 'docs', plan: sparse, encoder: pool.encoder(sparse.spec) }, 'gout', options),
      ).rejects.toMatchObject({
        code: 'METHOD_MISSING',
        message: expect.stringContaining('bm25'),
      })
    }
  })

  test('an id in a nested field is the document id of a hit', async () => {
    const store = new MemoryStore()
    const nested = await planCollection({ sparse: SPEC.sparse }, { idField: 'meta.key' })
    const records = readDocuments(['-'], {
      id: 'meta.key',
      stdin: Readable.from(['{"meta":{"key":"K1"},"text":"gout"}']),
    })
    await ingest(records, { store, collection: 'docs', plan: nested, encoder: pool.encoder(nested.spec) })
    const [hit] = await search({ store, collection: 'docs', plan: nested, encoder: pool.encoder(nested.spec) }, 'gout')
    expect(hit).toMatchObject({ documentId: 'K1' })
  })

  test('a rank is null where the hit was not in that list', async () => {
    const store = new MemoryStore()
    await run(store, lines)
    const hits = await search(
      { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) },
      'uric acid crystals',
    )
    expect(hits[0]).toMatchObject({ documentId: 'gout', ranks: { dense: 1, bm25: 1, fused: 1, late: 1 } })
    expect(hits[1]!.ranks.bm25).toBeNull()
  })
})
