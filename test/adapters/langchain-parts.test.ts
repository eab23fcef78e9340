import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Document } from '@langchain/core/documents'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OffgridEmbeddings, OffgridReranker, OffgridRetriever } from '../../src/adapters/langchain-parts.js'
import { embedAll } from '../../src/product/embed-all.js'
import { ingestSources } from '../../src/product/ingest-sources.js'
import { searchCollection } from '../../src/product/search-collection.js'

const RECORDS = [
  { id: 'river', text: 'A river in France.', year: 1990 },
  { id: 'gout', text: 'Gout is a painful joint disease.', year: 2020 },
  { id: 'bone', text: 'Bones and joints carry the body.', year: 2020 },
]
const QUERY = 'What is gout?'

let folder: string
let store: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-langchain-'))
  store = join(folder, 'store')
  const documents = RECORDS.map(({ text, ...fields }) => ({ id: fields.id, text, payload: fields }))
  await ingestSources(documents, { store, workers: 1 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('OffgridEmbeddings gives the vectors of the library', async () => {
  const embeddings = new OffgridEmbeddings({ workers: 1 })
  const texts = RECORDS.map(({ text }) => text)
  const expected = await embedAll([...texts, QUERY], { workers: 1 })
  expect(await embeddings.embedDocuments(texts)).toEqual(expected.slice(0, 3).map((vector) => Array.from(vector)))
  expect(await embeddings.embedQuery(QUERY)).toEqual(Array.from(expected[3]!))
  await embeddings.close()
})

describe('OffgridRetriever', () => {
  test('finds what a search finds, with fields, score and ranks as metadata', async () => {
    const retriever = new OffgridRetriever({ store, limit: 2 })
    const found = await retriever.invoke(QUERY)
    const hits = await searchCollection(QUERY, { store, limit: 2 })
    expect(found.map(({ id }) => id)).toEqual(hits.map(({ documentId }) => documentId))
    expect(found[0]).toMatchObject({
      pageContent: RECORDS[1]!.text,
      metadata: { id: 'gout', year: 2020, score: hits[0]!.score, ranks: hits[0]!.ranks },
    })
    await retriever.close()
    await expect(retriever.invoke(QUERY)).rejects.toMatchObject({ code: 'ADAPTER_CLOSED' })
  })

  test('takes a filter and methods, and refuses an option that there is not', async () => {
    const filter = { must: [{ key: 'year', match: { value: 1990 } }] }
    const retriever = new OffgridRetriever({ store, filter, methods: ['bm25', 'dense'] })
    expect((await retriever.invoke(QUERY)).map(({ id }) => id)).toEqual(['river'])
    await retriever.close()
    expect(() => new OffgridRetriever({ store, limits: 3 } as object)).toThrow(/limits/)
    expect(() => new OffgridRetriever({ store: 3 } as object)).toThrow(/store/)
  })

  test('works in a chain, and says where its store is missing', async () => {
    const retriever = new OffgridRetriever({ store, limit: 1 })
    const titles = retriever.pipe((documents) => documents.map(({ pageContent }) => pageContent))
    expect(await titles.invoke(QUERY)).toEqual([RECORDS[1]!.text])
    await retriever.close()
    const lost = new OffgridRetriever({ store: join(folder, 'nowhere') })
    await expect(lost.invoke(QUERY)).rejects.toMatchObject({ code: 'STORE_MISSING' })
    await lost.close()
  })
})

test('OffgridReranker orders documents, keeps their metadata and the best of them', async () => {
  const reranker = new OffgridReranker({ topN: 1, workers: 1 })
  const documents = RECORDS.map(({ id, text, year }) => new Document({ id, pageContent: text, metadata: { year } }))
  const [best, ...others] = await reranker.compressDocuments(documents, QUERY)
  expect(others).toEqual([])
  expect(best).toMatchObject({ id: 'gout', metadata: { year: 2020, relevanceScore: expect.any(Number) } })
  await reranker.close()
})
