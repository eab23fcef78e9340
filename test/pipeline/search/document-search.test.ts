import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CollectionPlan, PlannedVector } from '../../../src/pipeline/collection/collection-plan.js'
import { collectionConfig } from '../../../src/pipeline/collection/collection-plan.js'
import { type DocumentQuery, searchDocuments } from '../../../src/pipeline/search/document-search.js'
import type { QueryVectors } from '../../../src/pipeline/search/query-vectors.js'
import { buildSearch } from '../../../src/pipeline/search/search.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { Hit, Point, QueryRequest, Store } from '../../../src/stores/store.js'

const LENGTH = 8
const planned = (vector: string, dimension: number | null, isOfDocuments = true): PlannedVector => ({
  ...{ vector, model: vector, checksum: '', dimension },
  ...(isOfDocuments && { documentVector: `${vector}-document` }),
})
const vectors = { dense: planned('a', LENGTH), bm25: planned('b', null), late: planned('c', LENGTH, false) }
const plan: CollectionPlan = {
  ...{ vectors, spec: {}, idField: null },
  chunking: { model: 'm', checksum: '', maxTokens: 8, overlapTokens: 0, wholeTokens: 8 },
}
const QUERY: DocumentQuery = {
  ...{ methods: ['dense', 'bm25', 'late'], fusion: 'dbsf', rrfK: 2, rerank: false, limit: 20, prefetch: 30 },
}

/** Documents with vectors of their own, each in so many chunks; 0 for one that is not cut. */
function documentsOf(seed: number, sizes: readonly number[]) {
  const random = randomNumbers(seed)
  const row = () => Array.from({ length: LENGTH }, () => random() - 0.5)
  const words = () => {
    const indices = [...new Set(Array.from({ length: 3 }, () => Math.floor(random() * 12)))]
    return { indices, values: indices.map(() => 1) }
  }
  const documents = sizes.map(() => ({ 'a-document': row(), 'b-document': words(), c: [row(), row()] }))
  const chunks = sizes.map((size) => Array.from({ length: size }, () => ({ a: row(), b: words(), c: [row(), row()] })))
  const query: QueryVectors = { dense: row(), bm25: words(), late: [row(), row()] }
  return { documents, chunks, query }
}

/** @param isFormer as collections were filled where a document in one piece had its vectors under both names */
async function fill(sizes: readonly number[], { documents, chunks }: ReturnType<typeof documentsOf>, isFormer = false) {
  const store = new MemoryStore()
  await store.createCollection('docs', collectionConfig(plan))
  const points = documents.flatMap(({ c, ...own }, i): Point[] => {
    const payload = { id: i, parity: i % 2 }
    const { 'a-document': a, 'b-document': b } = own
    if (sizes[i] === 0) return [{ id: i, payload, vectors: isFormer ? { ...own, a, b, c } : { ...own, c } }]
    return chunks[i]!.map((chunk, number) => ({
      id: 1000 * (i + 1) + number,
      payload: { ...payload, document_id: i, chunk: number, chunks: sizes[i], chunk_start: 0, chunk_end: 1 },
      vectors: { ...chunk, ...(number === 0 && own) },
    }))
  })
  await store.upsert('docs', points)
  return store
}

/** Counts the requests. */
function counting(store: MemoryStore) {
  const sent = { batches: 0 }
  const queryBatch: Store['queryBatch'] = (collection, requests) => {
    sent.batches += 1
    return store.queryBatch(collection, requests)
  }
  return { sent, place: { store: { queryBatch }, collection: 'docs', plan } }
}

const SIZES = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 30 })

test('where no document is cut, a search gives what it gives in a collection without chunks, to the last bit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 40 }), async (seed, count) => {
      const sizes = Array.from({ length: count }, () => 0)
      const made = documentsOf(seed, sizes)
      const store = await fill(sizes, made)
      for (const options of [
        {},
        { fusion: 'rrf' as const, methods: ['bm25', 'late'] as const },
        { methods: ['dense'] as const },
        { methods: ['bm25', 'late'] as const, rerank: true },
      ]) {
        const ofDocuments = { dense: planned('a-document', LENGTH, false), bm25: planned('b-document', null, false) }
        const plain = { ...plan, vectors: { ...vectors, ...ofDocuments }, chunking: null }
        const wanted = buildSearch(plain, made.query, { limit: 20, prefetch: 30, ...options })
        const expected = await store.query('docs', wanted.main)
        const { place } = counting(store)
        const found = await searchDocuments(place, made.query, { ...QUERY, ...options })
        const isSingle = options.methods?.length === 1
        expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        // dense alone is two lists, whose scores are scaled
        if (!isSingle) expect(found.map(({ score }) => score)).toEqual(expected.map(({ score }) => score))
      }
    }),
    { numRuns: 20 },
  )
})

test('which documents BM25 finds, and with which scores, does not depend on how they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), SIZES, async (seed, sizes) => {
      const made = documentsOf(seed, sizes)
      const uncut = sizes.map(() => 0)
      const query = { ...QUERY, methods: ['bm25'] as const }
      const lists: [number, number][][] = []
      for (const each of [sizes, uncut]) {
        const found = await searchDocuments(counting(await fill(each, made)).place, made.query, query)
        lists.push(found.map(({ documentId, score }) => [Number(documentId), score]))
      }
      // points of equal scores are ordered by their ids, which differ
      const byId = (list: [number, number][]) => list.sort(([a], [b]) => a - b)
      const [cut, whole] = lists.map(byId)
      expect(cut!.map(([, score]) => score).sort()).toEqual(whole!.map(([, score]) => score).sort())
      if (sizes.length < QUERY.limit) expect(cut).toEqual(whole)
    }),
    { numRuns: 20 },
  )
})

test('a document in one piece is found as where it had its vectors under both names', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), SIZES, async (seed, sizes) => {
      const made = documentsOf(seed, sizes)
      for (const options of [{}, { methods: ['dense'] as const }, { methods: ['bm25'] as const }, { rerank: true }]) {
        const query = { ...QUERY, prefetch: 200, ...options }
        const search = async (isFormer: boolean) => {
          const { place } = counting(await fill(sizes, made, isFormer))
          return (await searchDocuments(place, made.query, query)).map(({ documentId, score }) => [documentId, score])
        }
        expect(await search(false)).toEqual(await search(true))
      }
    }),
    { numRuns: 20 },
  )
})

test('each document is found once, by the chunk that late interaction finds best, with one batch of requests', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), SIZES, fc.boolean(), async (seed, sizes, rerank) => {
      const made = documentsOf(seed, sizes)
      const store = await fill(sizes, made)
      const { place, sent } = counting(store)
      // every point is among the candidates
      const found = await searchDocuments(place, made.query, { ...QUERY, prefetch: 200, limit: 200, rerank })
      expect(sent.batches).toBe(1)
      expect(found.map(({ documentId }) => documentId).sort()).toEqual(sizes.map((_, i) => i).sort())
      const request = { query: made.query.late, using: 'c', limit: 200, with_payload: true } as QueryRequest
      const best = new Map<unknown, Hit>()
      for (const hit of await store.query('docs', request))
        if (!best.has(hit.payload!.id)) best.set(hit.payload!.id, hit)
      for (const { documentId, id, payload, ranks } of found) {
        expect(id).toBe(best.get(documentId)!.id)
        expect(payload).toEqual(best.get(documentId)!.payload)
        expect(ranks.late).toBe([...best.keys()].indexOf(documentId) + 1)
      }
      if (rerank) expect(found.map(({ score }) => score)).toEqual([...best.values()].map(({ score }) => score))
    }),
    { numRuns: 20 },
  )
})

test('weights scale lists, a filter holds for all of them, and a limit counts documents', async () => {
  const sizes = Array.from({ length: 20 }, (_, i) => i % 4)
  const made = documentsOf(3, sizes)
  const { place } = counting(await fill(sizes, made))
  const ids = async (query: Partial<DocumentQuery>) =>
    (await searchDocuments(place, made.query, { ...QUERY, ...query })).map(({ documentId }) => documentId)
  const dense = await ids({ methods: ['dense'] })
  expect(await ids({ weights: { bm25: 0, late: 0 } })).toEqual(dense)
  expect(await ids({ weights: { bm25: 0.001, late: 0 } })).not.toEqual(await ids({}))
  const even = await ids({ filter: { must: [{ key: 'parity', match: { value: 0 } }] } })
  expect(even).toHaveLength(10)
  expect(even.every((id) => Number(id) % 2 === 0)).toBe(true)
  expect(await ids({ limit: 3 })).toEqual((await ids({})).slice(0, 3))
})
