import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { findDocumentPoints } from '../../../src/pipeline/documents/document-points.js'
import { PointIdSet } from '../../../src/pipeline/documents/point-id-set.js'
import { type IngestOptions, ingest } from '../../../src/pipeline/runs/ingest.js'
import { pruneCollection } from '../../../src/pipeline/runs/prune-collection.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'

const DENSE = 'all-MiniLM-L6-v2'
const SPEC = {
  dense: `sentence-transformers/${DENSE}`,
  sparse: 'Qdrant/bm25',
  maxTokens: 16,
  precision: 'int8',
} as const

let pool: EncoderPool
let auto: CollectionPlan
let none: CollectionPlan
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
  auto = await planCollection(SPEC, { chunking: { maxTokens: 'auto' } })
  none = await planCollection(SPEC)
})
afterAll(() => pool.close())

function run(store: Store, lines: readonly object[], plan = auto, options: IngestOptions = {}) {
  const stdin = Readable.from([lines.map((line) => JSON.stringify(line)).join('\n')])
  const opened = { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }
  return ingest(readDocuments(['-'], { stdin }), opened, options)
}

const SHORT = 'The knee hurts.'
/** So many sentences of eight tokens; the model takes one. */
const long = (count: number) =>
  Array.from({ length: count }, (_, i) => `The cartilage of part ${i} hurts badly.`).join(' ')

async function points(store: Store) {
  return (await store.scroll('docs', { limit: 1000, vectors: true })).points
}

/** Chunks by number, `whole` for a point that is not cut. */
async function forms(store: Store, id: number) {
  const own = (await points(store)).filter(({ payload }) => payload!.id === id)
  return own.map(({ payload }) => (payload!.chunk as number | undefined) ?? 'whole').sort()
}

describe('documents of any length', () => {
  test('are one point with their own id where the model takes them whole, and chunks where it does not', async () => {
    const store = new MemoryStore()
    const summary = await run(store, [
      { id: 7, text: SHORT, topic: 'a' },
      { id: 8, text: long(3), topic: 'b' },
    ])
    expect(summary).toMatchObject({ documents: 2, points: 4, truncated: 0, tokensLost: 0 })
    const [whole, ...chunks] = await points(store)
    expect(whole).toMatchObject({ id: 7, payload: { id: 7, text: SHORT, document: SHORT, topic: 'a' } })
    expect(whole!.payload).not.toHaveProperty('chunk')
    expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set([0, 1, 2].map((n) => pointId({ id: 8, text: '' }, n))))
    for (const { payload } of chunks) expect(payload).toMatchObject({ document_id: 8, chunks: 3, topic: 'b' })
  })

  test('keep the vectors that they have without chunks, once each, on the first of their points', async () => {
    const [cut, uncut] = [new MemoryStore(), new MemoryStore()]
    const lines = [1, 2, 4].map((count) => ({ id: count, text: long(count) }))
    await run(cut, lines)
    await run(uncut, lines, none)
    const vectorsOf = (point: Awaited<ReturnType<typeof points>>[number]) => point.vectors as Record<string, unknown>
    const expected = new Map((await points(uncut)).map((point) => [point.payload!.id, vectorsOf(point)]))
    const all = await points(cut)
    const namesOf = (point: (typeof all)[number]) => Object.keys(vectorsOf(point)).sort()
    for (const point of all) {
      const { chunk, chunks } = point.payload as { chunk?: number; chunks?: number }
      // a document in one piece has no vector twice
      if (chunks === undefined) expect(namesOf(point)).toEqual([DENSE, 'bm25'])
      else if (chunk === 0) expect(namesOf(point)).toEqual([DENSE, `${DENSE}-chunk`, 'bm25', 'bm25-chunk'])
      else expect(namesOf(point)).toEqual([`${DENSE}-chunk`, 'bm25-chunk'])
    }
    expect(all.map(({ payload }) => payload!.chunks ?? 1).sort()).toEqual([1, 2, 2, 4, 4, 4, 4])
    for (const point of all.filter((each) => 'bm25' in vectorsOf(each))) {
      expect(vectorsOf(point)).toMatchObject(expected.get(point.payload!.id)!)
    }
  })

  test('a second run leaves all as it is', async () => {
    const store = new MemoryStore()
    const lines = [
      { id: 7, text: SHORT, document_id: 'x', chunk: 3, chunks: 5 },
      { id: 8, text: long(3) },
    ]
    await run(store, lines)
    expect(await run(store, lines)).toMatchObject({ unchanged: 2, points: 0 })
  })

  test('one that grows beyond what the model takes, and one that shrinks, leave nothing of what they were', async () => {
    const store = new MemoryStore()
    for (const [count, expected] of [
      [1, ['whole']],
      [4, [0, 1, 2, 3]],
      [2, [0, 1]],
      [1, ['whole']],
    ] as const) {
      await run(store, [{ id: 1, text: long(count) }])
      expect(await forms(store, 1)).toEqual(expected)
    }
  })

  test('of two versions in one input the later one is stored, whichever is cut', async () => {
    for (const [first, second] of [
      [1, 3],
      [3, 1],
    ] as const) {
      const store = new MemoryStore()
      const summary = await run(
        store,
        [first, second].map((count) => ({ id: 1, text: long(count) })),
      )
      expect(await forms(store, 1)).toHaveLength(second)
      expect(summary).toMatchObject({ documents: 2, points: second, repeated: 1 })
    }
  })

  test('a run that goes on stores what of settled documents is gone, and looks at no text', async () => {
    const store = new MemoryStore()
    const lines = [1, 3, 4].map((count) => ({ id: count, text: long(count) }))
    await run(store, lines)
    await store.delete('docs', [1, pointId({ id: 3, text: '' }, 2)])
    const onBegin = async () => ({ settledRecords: 3, repeated: null })
    expect(await run(store, lines, auto, { onBegin })).toMatchObject({ stored: 2, unchanged: 1 })
    expect(await store.count('docs')).toBe(8)
  })

  test('are deleted and pruned with all their points, by their ids', async () => {
    const store = new MemoryStore()
    await run(
      store,
      [1, 2, 3, 4].map((count) => ({ id: count, text: long(Math.max(1, count - 1)) })),
    )
    const { points: found, missing } = await findDocumentPoints(store, 'docs', ['1', '4', '9'])
    expect(found).toHaveLength(4)
    expect(missing).toEqual(['9'])
    const seen = new PointIdSet()
    for (const id of [2, 4]) seen.add(id)
    expect(await pruneCollection({ store, collection: 'docs', plan: auto }, seen)).toBe(3)
    expect([await forms(store, 1), await forms(store, 2), await forms(store, 3), await forms(store, 4)]).toEqual([
      [],
      ['whole'],
      [],
      [0, 1, 2],
    ])
  })

  test('without a model that cuts anything off nothing is cut', async () => {
    const plan = await planCollection({ sparse: 'Qdrant/bm25' }, { chunking: { maxTokens: 'auto' } })
    expect(plan.chunking).toBeNull()
    expect(plan.vectors.bm25).not.toHaveProperty('documentVector')
  })

  test('passages alone have no vectors of documents', async () => {
    const plan = await planCollection(SPEC, { chunking: { maxTokens: 'auto', documents: false } })
    const store = new MemoryStore()
    const [alone, both] = [
      await run(store, [{ id: 1, text: long(3) }], plan),
      await run(new MemoryStore(), [{ id: 1, text: long(3) }]),
    ]
    for (const { vectors } of await points(store)) expect(Object.keys(vectors!).sort()).toEqual([DENSE, 'bm25'])
    // the whole text is one more to be encoded, up to the model's limit
    expect(both.tokens - alone.tokens).toBe(16)
  })
})
