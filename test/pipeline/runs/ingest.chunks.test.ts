import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { openCollectionPlan } from '../../../src/pipeline/collection/open-collection.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { search } from '../../../src/pipeline/search/search.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'

const BM25 = { sparse: 'Qdrant/bm25' }
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const DEFAULTS = { dense: DENSE, bm25: 'Qdrant/bm25', late: 'offgrid/all-MiniLM-L6-v2-late' }

let pool: EncoderPool
let plan: CollectionPlan
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 2 })
  // 12 tokens with [CLS] and [SEP]: one of the sentences below
  plan = await planCollection(BM25, { chunking: { maxTokens: 12, model: DENSE } })
})
afterAll(() => pool.close())

function run(store: Store, lines: readonly object[], itsPlan = plan) {
  const stdin = Readable.from([lines.map((line) => JSON.stringify(line)).join('\n')])
  return ingest(readDocuments(['-'], { stdin }), {
    store,
    collection: 'docs',
    plan: itsPlan,
    encoder: pool.encoder(itsPlan.spec),
  })
}

/** A text of so many sentences of eight tokens each. */
const sentences = (count: number, word = 'cartilage') =>
  Array.from({ length: count }, (_, i) => `The ${word} of part ${i} hurts badly.`).join(' ')

async function points(store: Store) {
  const { points } = await store.scroll('docs', { limit: 1000, vectors: true })
  return points
}

async function chunkNumbers(store: Store, documentId: string | number) {
  const found = (await points(store)).filter(({ payload }) => payload?.document_id === documentId)
  return found.map(({ payload }) => payload!.chunk as number).sort((a, b) => a - b)
}

describe('chunked ingest', () => {
  test('makes a point of each chunk, with the document, its number and its place in the text, and without the whole text', async () => {
    const store = new MemoryStore()
    const text = sentences(3)
    const summary = await run(store, [{ id: 'knee', text, topic: 'joints' }])
    expect(summary).toMatchObject({ documents: 1, points: 3, failed: 0, truncated: 0 })
    const payloads = (await points(store)).map(({ payload }) => payload!)
    expect(payloads.map(({ chunk }) => chunk).sort()).toEqual([0, 1, 2])
    for (const payload of payloads) {
      expect(payload).toMatchObject({ id: 'knee', topic: 'joints', document_id: 'knee', chunks: 3 })
      expect(payload).not.toHaveProperty('text')
      expect(payload.document).toBe(text.slice(payload.chunk_start as number, payload.chunk_end as number))
    }
  })

  test('a second run leaves everything as it is, and a longer text of the same id is stored anew', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, text: sentences(2) }])
    expect(await run(store, [{ id: 1, text: sentences(2) }])).toMatchObject({ documents: 1, points: 0, unchanged: 1 })
    expect(await run(store, [{ id: 1, text: sentences(4) }])).toMatchObject({ documents: 1, points: 4, unchanged: 0 })
    expect(await chunkNumbers(store, 1)).toEqual([0, 1, 2, 3])
  })

  test('a document that shrinks from five chunks to three leaves none behind', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, text: sentences(5) }])
    await run(store, [{ id: 1, text: sentences(3) }])
    expect(await chunkNumbers(store, 1)).toEqual([0, 1, 2])
  })

  test('a document that shrinks in its beginning, too, and one whose first chunk is gone leave none behind', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, text: sentences(5) }])
    await run(store, [{ id: 1, text: sentences(2, 'liver') }])
    expect(await chunkNumbers(store, 1)).toEqual([0, 1])
    await run(store, [{ id: 2, text: sentences(5) }])
    const first = (await points(store)).find(({ payload }) => payload!.document_id === 2 && payload!.chunk === 0)
    await store.delete('docs', [first!.id])
    await run(store, [{ id: 2, text: sentences(3, 'liver') }])
    expect(await chunkNumbers(store, 2)).toEqual([0, 1, 2])
  })

  test('of two versions in one input the later one is stored, whichever is longer', async () => {
    for (const [first, second] of [
      [5, 2],
      [2, 5],
    ] as const) {
      const store = new MemoryStore()
      for (let round = 0; round < 2; round++) {
        const versions = [sentences(first, 'liver'), sentences(second, 'heart')].map((text) => ({ id: 'a', text }))
        await run(store, versions)
        expect(await chunkNumbers(store, 'a')).toHaveLength(second)
        for (const { payload } of await points(store)) expect(payload!.document).toContain('heart')
      }
    }
  })

  test('an id, the same id in text and a document without one keep their chunks apart', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, text: sentences(2) }, { id: '1', text: sentences(2) }, { text: sentences(2) }])
    expect(await store.count('docs')).toBe(6)
    expect(new Set((await points(store)).map(({ payload }) => payload!.document_id)).size).toBe(3)
  })

  test('sections of a Markdown file are never in one chunk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-chunks-'))
    try {
      mkdirSync(join(folder, 'notes'))
      for (const name of ['knee.md', 'knee.txt'])
        writeFileSync(join(folder, 'notes', name), '# Knee\n\nIt bends.\n\n# Hip\n\nIt turns.\n')
      const roomy = await planCollection(BM25, { chunking: { maxTokens: 100, model: DENSE } })
      const store = new MemoryStore()
      await ingest(readDocuments([join(folder, 'notes')]), {
        store,
        collection: 'docs',
        plan: roomy,
        encoder: pool.encoder(BM25),
      })
      expect(await chunkNumbers(store, join(folder, 'notes', 'knee.md'))).toEqual([0, 1])
      expect(await chunkNumbers(store, join(folder, 'notes', 'knee.txt'))).toEqual([0])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a document with a word longer than a chunk counts as truncated once, with the tokens that are lost', async () => {
    const spec = { dense: DENSE, maxTokens: 12 }
    const short = await planCollection(spec, { chunking: { maxTokens: 12 } })
    const store = new MemoryStore()
    const word = 'x1'.repeat(40)
    const summary = await run(store, [{ id: 1, text: `${word} ${word}` }], short)
    expect(summary).toMatchObject({ documents: 1, truncated: 1 })
    expect(summary.tokensLost).toBeGreaterThan(0)
  })

  test('a collection that was cut otherwise, or not at all, is refused, and what differs is named', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, text: sentences(2) }])
    const wider = await planCollection(BM25, { chunking: { maxTokens: 20, model: DENSE } })
    await expect(run(store, [{ id: 1, text: sentences(2) }], wider)).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
      message: expect.stringContaining('chunking.maxTokens (--chunk): found 12, expected 20'),
    })
    await expect(run(store, [{ id: 1, text: 'x' }], await planCollection(BM25))).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
      message: expect.stringContaining('chunking'),
    })
  })

  test.each([
    ['longer than the model takes', { maxTokens: 257 }],
    ['of two tokens', { maxTokens: 2 }],
    ['with an overlap of half a chunk', { maxTokens: 100, overlapTokens: 50 }],
  ])('chunks %s are refused', async (_, chunking) => {
    await expect(planCollection({ dense: DENSE }, { chunking })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('search in chunks', () => {
  test('finds each document once, by its best chunk, and as many documents as are asked for', async () => {
    const store = new MemoryStore()
    const lines = Array.from({ length: 8 }, (_, i) => ({
      id: `d${i}`,
      text: `${sentences(6)} ${i === 5 ? 'Uric acid crystals cause gout here.' : 'Nothing else is wrong with it.'}`,
    }))
    await run(store, lines)
    const found = await openCollectionPlan(store, 'docs', DEFAULTS)
    expect(found.chunking).toEqual(plan.chunking)
    const hits = await search(
      { store, collection: 'docs', plan: found, encoder: pool.encoder(BM25) },
      'uric acid crystals of the cartilage',
      {
        limit: 5,
      },
    )
    expect(hits).toHaveLength(5)
    expect(new Set(hits.map(({ documentId }) => documentId)).size).toBe(5)
    expect(hits[0]).toMatchObject({
      documentId: 'd5',
      payload: { document: expect.stringContaining('Uric acid'), chunk: 6, chunks: 7 },
      ranks: { bm25: 1 },
    })
  })
})
