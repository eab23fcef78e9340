import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DEFAULT_MODELS } from '../../src/encoders/default-models.js'
import { CrossEncoder } from '../../src/encoders/pairs/cross-encoder.js'
import { InferenceServer, ingest, search } from '../../src/index.js'
import { openCollectionPlan } from '../../src/pipeline/collection/open-collection.js'
import { openStore } from '../../src/stores/open-store.js'
import { makeTinyModels, readTinyFixture } from '../encoders/tiny-models.js'

const SPARSE = readTinyFixture('splade').model
const RERANKER = readTinyFixture('cross-encoder').model
const QUESTION = 'what is aspirin'
const TEXTS = ['Aspirin reduces fever.', 'good people, good houses', 'medicines and money', 'the river bank', 'a drug']

let folder: string
let store: string
beforeAll(async () => {
  folder = await makeTinyModels('splade', 'idf-splade', 'cross-encoder')
  vi.stubEnv('OFFGRID_MODELS', folder)
  store = join(folder, 'store')
  const documents = TEXTS.map((text, id) => ({ id, text, payload: {} }))
  await ingest(documents, { store, vectors: ['bm25'], sparseModel: SPARSE, workers: 1 })
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function post(server: InferenceServer, body: object) {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`${server.url}/search`, request)
  return { status: response.status, ...((await response.json()) as { hits: object[]; error?: string }) }
}

test('a reranker orders the hits of a learned sparse model by their texts; its logits are their scores, in /search, too', async () => {
  const plain = await search(QUESTION, { store, limit: 5 })
  const reranker = await CrossEncoder.open({ reranker: RERANKER })
  const { scores } = await reranker.score(plain.map(({ payload }) => [QUESTION, String(payload!.document)]))
  await reranker.close()
  const expected = plain
    .map(({ id, ranks }, i) => ({ id, ranks, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 2)
  const found = await search(QUESTION, { store, limit: 2, rerankModel: RERANKER })
  expect(plain.map(({ id }) => id).slice(0, 2)).not.toEqual(expected.map(({ id }) => id))
  expect(found.map(({ id, ranks, score }) => ({ id, ranks, score }))).toEqual(expected)

  await using server = await InferenceServer.listen({ port: 0, workers: 1, preload: [], store })
  const body = { query: QUESTION, limit: 2 }
  expect(await post(server, { ...body, rerank_model: RERANKER })).toMatchObject({ status: 200, hits: expected })
  for (const [more, message] of [
    [{ rerank_model: DEFAULT_MODELS.late }, /expected a cross-encoder/],
    [{ rerank_model: DEFAULT_MODELS.dense }, /Expected a reranker/],
    [{ rerank_model: 'nobody' }, /Unknown model "nobody"/],
    [{ rerank_model: RERANKER, rerank: true }, /got both/],
  ] as const) {
    expect(await post(server, { ...body, ...more })).toMatchObject({
      status: 400,
      error: expect.stringMatching(message),
    })
  }
})

test('a collection of one model is not searched with another, and says in what they differ', async () => {
  const other = readTinyFixture('idf-splade').model
  const opened = await openStore({ kind: 'local', path: store }, 'read')
  const ask = (sparse: string) =>
    openCollectionPlan(opened, 'hybrid-search', DEFAULT_MODELS, { models: { bm25: sparse } })
  try {
    expect((await ask(SPARSE.toUpperCase())).spec.sparse).toBe(SPARSE)
    await expect(ask(other)).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
      message: expect.stringContaining(`bm25: found "${SPARSE}", expected "${other}"`),
    })
    await expect(ask('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  } finally {
    await opened.close()
  }
  const again = ingest([{ id: 9, text: 'new', payload: {} }], { store, vectors: ['bm25'], sparseModel: other })
  await expect(again).rejects.toMatchObject({ code: 'COLLECTION_MISMATCH', message: expect.stringContaining(SPARSE) })
})

test('a reranker and late interaction are not both asked to order the hits', async () => {
  const both = search(QUESTION, { store, rerank: true, rerankModel: RERANKER })
  await expect(both).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
