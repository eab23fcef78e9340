import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import { describeMapping } from '../../../src/inputs/mapping/document-mapping.js'
import { type InputOptions, readDocuments } from '../../../src/inputs/read-documents.js'
import {
  type CollectionPlan,
  collectionConfig,
  planCollection,
  recordedPlan,
} from '../../../src/pipeline/collection/collection-plan.js'
import { PointIdSet } from '../../../src/pipeline/documents/point-id-set.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { pruneCollection } from '../../../src/pipeline/runs/prune-collection.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { METADATA_KEY } from '../../../src/stores/collection-metadata.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { CollectionConfig, Store } from '../../../src/stores/store.js'

const SPEC = { sparse: 'Qdrant/bm25' }
let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(() => pool.close())

async function run(store: Store, records: readonly object[], reading: InputOptions = {}, itsPlan?: CollectionPlan) {
  const plan = itsPlan ?? (await planCollection(SPEC, { idField: reading.id, mapping: describeMapping(reading) }))
  const stdin = Readable.from([records.map((record) => JSON.stringify(record)).join('\n')])
  return await ingest(readDocuments(['-'], { stdin, ...reading }), {
    store,
    collection: 'docs',
    plan,
    encoder: pool.encoder(plan.spec),
  })
}

/** A collection as a version made it that did not write down how ids and texts come about. */
async function makeFormerCollection(store: Store, plan: CollectionPlan): Promise<void> {
  const config = collectionConfig(plan)
  const { documentIds: _ids, mapping: _mapping, ...recipe } = config.metadata![METADATA_KEY] as Record<string, unknown>
  await store.createCollection('docs', { ...config, metadata: { [METADATA_KEY]: recipe } } as CollectionConfig)
}

describe('the id of a document without one', () => {
  test('is of the text alone where no field says more', () => {
    const plain = pointId({ id: null, text: 'a text' })
    expect(plain).toBe('207418f6-bc5d-5ecc-a4b1-7da3e61cbcea')
    expect(pointId({ id: null, text: 'a text', payload: {} })).toBe(plain)
    expect(pointId({ id: null, text: 'a text', payload: { body: 'a text' } })).toBe(plain)
    expect(pointId({ id: 'k', text: 'a text', payload: { x: 1 } })).toBe(pointId({ id: 'k', text: '' }))
  })

  test('is the same for equal fields in any order and another for other fields', () => {
    const payload = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    fc.assert(
      fc.property(payload, payload, (one, two) => {
        const id = (fields: object) => pointId({ id: null, text: 'no such value', payload: { ...fields } })
        const reversed = Object.fromEntries(Object.entries(one).reverse())
        expect(id(JSON.parse(JSON.stringify(reversed)))).toBe(id(one))
        const isEqual = sorted(one) === sorted(two)
        expect(id(one) === id(two)).toBe(isEqual)
      }),
    )
  })

  test('keeps records of one text with other fields apart, and true repeats together', async () => {
    const store = new MemoryStore()
    await run(store, [
      { text: 'Yes.', question: 1 },
      { text: 'Yes.', question: 2 },
      { question: 2, text: 'Yes.' },
      { text: 'Yes.', meta: { a: 1, b: 2 } },
      { text: 'Yes.', meta: { b: 2, a: 1 } },
      { text: 'Yes.' },
      { body: 'Yes.' },
    ])
    expect(await store.count('docs')).toBe(4)
    expect((await store.retrieve('docs', [pointId({ id: null, text: 'Yes.' })])).length).toBe(1)
    const again = await run(store, [{ question: 1, text: 'Yes.' }])
    expect(again).toMatchObject({ unchanged: 1, points: 0 })
  })

  test('is found again by prune, of both rules', async () => {
    const store = new MemoryStore()
    const plan = await planCollection(SPEC, { mapping: {} })
    await run(store, [{ text: 'a', n: 1 }, { text: 'b', title: 'T' }, { text: 'c' }, { document: 'd', title: 'T' }])
    const seen = new PointIdSet()
    seen.add(pointId({ id: null, text: 'a', payload: { text: 'a', n: 1 } }))
    expect(await pruneCollection({ store, collection: 'docs', plan }, seen)).toBe(3)
    expect((await store.scroll('docs', { limit: 10 })).points.map(({ payload }) => payload)).toEqual([
      { text: 'a', n: 1, document: 'a' },
    ])
  })
})

describe('a collection of the time before ids and mappings were written down', () => {
  test('is opened, and the same input replaces its documents in place of adding them', async () => {
    const store = new MemoryStore()
    const plan = await planCollection(SPEC, { mapping: { text: ['text'] } })
    await makeFormerCollection(store, plan)
    const former = pointId({ id: null, text: 'Yes.' })
    await store.upsert('docs', [
      {
        id: former,
        vectors: { bm25: { indices: Uint32Array.of(1), values: Float64Array.of(1) } },
        payload: { text: 'Yes.', n: 1, document: 'Yes.' },
      },
    ])
    const summary = await run(
      store,
      [
        { text: 'Yes.', n: 1 },
        { text: 'No.', n: 2 },
      ],
      { text: 'text' },
    )
    expect(summary).toMatchObject({ documents: 2, unchanged: 1, points: 1 })
    expect((await store.retrieve('docs', [pointId({ id: null, text: 'No.' })])).length).toBe(1)
    expect(recordedPlan((await store.describeCollection('docs'))!)).not.toHaveProperty('mapping')
  })

  test('that is empty is made anew, by the rules of now', async () => {
    const store = new MemoryStore()
    await makeFormerCollection(store, await planCollection(SPEC))
    await run(store, [
      { text: 'Yes.', n: 1 },
      { text: 'Yes.', n: 2 },
    ])
    expect(await store.count('docs')).toBe(2)
  })
})

describe('the recipe of a collection', () => {
  test.each<[InputOptions, InputOptions, string]>([
    [{ text: 'Abstract' }, { text: 'Title' }, 'mapping.text (--text): found ["Abstract"], expected ["Title"]'],
    [{ text: 'Abstract' }, {}, 'mapping.text'],
    [
      { text: ['Title', 'Abstract'] },
      { template: '{Title}: {Abstract}' },
      'mapping.template (--text-template): found nothing, expected',
    ],
    [{ text: 'Abstract' }, { text: 'Abstract', title: 'Title' }, 'mapping.title'],
    [{ text: 'Abstract' }, { text: 'Abstract', exclude: ['Title'] }, 'mapping.exclude'],
    [{ text: 'Abstract' }, { text: 'Abstract', encoding: 'windows-1252' }, 'mapping.encoding'],
  ])('%o and then %o is refused, naming what differs, and nothing is mixed', async (first, second, difference) => {
    const store = new MemoryStore()
    const records = [{ id: 1, Title: 'Gout', Abstract: 'Uric acid.', text: 'x' }]
    await run(store, records, first)
    const before = await store.scroll('docs', { limit: 10 })
    await expect(run(store, records, second)).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
      message: expect.stringContaining(difference),
    })
    expect(await store.scroll('docs', { limit: 10 })).toEqual(before)
    expect(await run(store, records, first)).toMatchObject({ unchanged: 1 })
  })

  test('says how files became documents, and documents of a program that says nothing fit it', async () => {
    const store = new MemoryStore()
    await run(store, [{ id: 1, a: 'x' }], { text: 'a' })
    const found = (await store.describeCollection('docs'))!
    expect(found.metadata[METADATA_KEY]).toMatchObject({ documentIds: 'text and fields', mapping: { text: ['a'] } })
    expect(recordedPlan(found)!.mapping).toEqual({ text: ['a'] })
    await run(store, [{ id: 2, text: 'y' }], {}, await planCollection(SPEC))
    expect(await store.count('docs')).toBe(2)
  })
})

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flat()
      : inner,
  )
}
