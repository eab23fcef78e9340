import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { InferenceServer, ingest, search } from '../../src/index.js'

const store = join(mkdtempSync(join(tmpdir(), 'offgrid-weights-')), 'store')
afterAll(() => rmSync(join(store, '..'), { recursive: true }))

const QUESTION = 'How do I get rid of a headache?'
const DOCUMENTS = [
  { id: 'meaning', text: 'Aspirin and rest relieve pain in the skull.', payload: {} },
  { id: 'words', text: 'The headache rid of a rid headache.', payload: {} },
  { id: 'other', text: 'The river bank was green.', payload: {} },
]

test('the weights that a collection was filled with are those of every search that says nothing else', async () => {
  const bm25 = { dense: 0, bm25: 1 }
  const fill = { store, vectors: ['dense', 'bm25'], workers: 1 } as const
  await ingest(DOCUMENTS, fill)
  const plain = await search(QUESTION, { store })
  const again = await ingest(DOCUMENTS, { ...fill, weights: bm25 })
  expect(again).toMatchObject({ unchanged: DOCUMENTS.length, stored: 0 })
  const weighted = await search(QUESTION, { store })
  expect(weighted).toEqual(await search(QUESTION, { store, weights: bm25 }))
  expect(weighted).not.toEqual(plain)
  expect(weighted.map(({ payload }) => payload?.document)).toEqual([DOCUMENTS[1]!.text])
  expect(await search(QUESTION, { store, weights: { dense: 1, bm25: 1 } })).toEqual(plain)

  await using server = await InferenceServer.listen({ port: 0, workers: 1, preload: [], store })
  const post = async (body: object) => {
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: JSON.stringify({ query: QUESTION, ...body }) }
    return (await (await fetch(`${server.url}/search`, request)).json()) as { hits: unknown; error?: string }
  }
  expect((await post({})).hits).toEqual(weighted)
  expect((await post({ weights: { dense: 1, bm25: 1 } })).hits).toEqual(plain)
  expect((await post({ weights: { dense: -1 } })).error).toMatch(/weights.dense to be a number from 0/)
  expect((await post({ weights: { late: 2 } })).error).toMatch(/some of the lists that are fused \(dense, bm25\)/)

  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/offgrid_search_best_score_count\{collection="hybrid-search",vector="all-MiniLM-L6-v2"\} 2/)
  expect(metrics).toMatch(/offgrid_search_best_score_count\{collection="hybrid-search",vector="bm25"\} 2/)

  await expect(search(QUESTION, { store, weights: { words: 1 } as never })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  })
})
