import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Document, pointId } from '../../../src/document.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import {
  LAYOUT_NAMES,
  type LayoutName,
  unwrapPayload,
  withLayout,
  wrapPayload,
} from '../../../src/pipeline/collection/layout.js'
import { openCollectionPlan } from '../../../src/pipeline/collection/open-collection.js'
import { PointIdSet } from '../../../src/pipeline/documents/point-id-set.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { pruneCollection } from '../../../src/pipeline/runs/prune-collection.js'
import { hitText } from '../../../src/pipeline/search/hit-text.js'
import { search } from '../../../src/pipeline/search/search.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'

const SPEC = { dense: 'sentence-transformers/all-MiniLM-L6-v2', sparse: 'Qdrant/bm25' }
const DEFAULTS = { dense: SPEC.dense, bm25: SPEC.sparse, late: 'offgrid/all-MiniLM-L6-v2-late' }
const DOCUMENTS: Document[] = [
  {
    id: 'a',
    text: 'Cartilage is a connective tissue.',
    payload: { id: 'a', topic: 'joints', metadata: 1, content: 'own' },
  },
  { id: 'b', text: 'Gout hurts in the big toe.', payload: { id: 'b', topic: 'joints' } },
  { id: null, text: 'The heart pumps blood.', payload: { topic: 'heart' } },
]

let pool: EncoderPool
let plan: CollectionPlan
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
  plan = await planCollection(SPEC)
})
afterAll(() => pool.close())

function run(store: MemoryStore, layout: LayoutName) {
  const records = (async function* () {
    const place = { file: 'documents', line: 1 }
    yield DOCUMENTS.map((document, i) => ({ kind: 'document' as const, document, place: { ...place, line: i + 1 } }))
  })()
  const itsPlan = withLayout(plan, layout)
  const opened = { store, collection: 'docs', plan: itsPlan, encoder: pool.encoder(itsPlan.spec) }
  return ingest(records as never, opened)
}

/** Where each program looks. */
const NAMES = {
  langchain: { vectors: ['', 'langchain-sparse'], text: 'page_content', topic: 'metadata.topic' },
  llamaindex: { vectors: ['text-dense', 'text-sparse-new'], text: '_node_content.text', topic: 'topic' },
  haystack: { vectors: ['text-dense', 'text-sparse'], text: 'content', topic: 'meta.topic' },
}

describe.each(LAYOUT_NAMES)('a collection for %s', (layout) => {
  test('has its names, is found by what it says of itself, and is left as it is by the next run', async () => {
    const store = new MemoryStore()
    expect(await run(store, layout)).toMatchObject({ stored: 3 })
    const { vectors, sparseVectors } = (await store.describeCollection('docs'))!
    const { vectors: names, text, topic } = NAMES[layout]
    expect([...Object.keys(vectors), ...Object.keys(sparseVectors)]).toEqual(names)
    const found = await openCollectionPlan(store, 'docs', DEFAULTS)
    const opened = { store, collection: 'docs', plan: found, encoder: pool.encoder(found.spec) }
    const filter = { must: [{ key: topic, match: { value: 'joints' } }] }
    const hits = await search(opened, 'What is cartilage?', { filter })
    expect(hits.map(({ documentId }) => documentId)).toEqual(['a', 'b'])
    expect(hitText(hits[0]!.payload, text)).toBe(DOCUMENTS[0]!.text)
    expect(hitText(hits[0]!.payload)).toBe(DOCUMENTS[0]!.text)
    expect(await run(store, layout)).toMatchObject({ stored: 0, unchanged: 3 })
    const seen = new PointIdSet()
    for (const document of DOCUMENTS.slice(1)) seen.add(pointId(document))
    expect(await pruneCollection({ store, collection: 'docs', plan: found }, seen)).toBe(1)
    expect(await store.count('docs')).toBe(2)
  })

  test('keeps every field of a document, also those with the names of the program', () => {
    const fields = {
      document: 'text',
      page_content: 1,
      metadata: { a: 2 },
      content: 3,
      meta: 4,
      id: 5,
      _node_content: 6,
    }
    const itsPlan = withLayout(plan, layout)
    expect(unwrapPayload(wrapPayload(fields, 7, itsPlan), itsPlan)).toEqual(fields)
  })
})

test('documents that are cut are refused with a layout', async () => {
  const chunked = await planCollection(SPEC, { chunking: { maxTokens: 64 } })
  expect(() => withLayout(chunked, 'langchain')).toThrow(/--layout langchain, got --chunk/)
})
