import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bm25Encoder } from '../../../src/encoders/bm25/bm25.js'
import { InferenceServer } from '../../../src/serve/inference-server.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { StoreThread } from '../../../src/stores/store-thread.js'
import { sparseAt } from '../../../src/vectors.js'
import { workerFile } from '../../../src/worker-file.js'
import { processorMs } from '../../processor-time.js'

const POINTS = 10_000
const CONDITIONS = 512
/** Processor time that four refusals may take, the sending of several megabytes included; a search of so many takes minutes. */
const REFUSED_MS = 4_000

/** An integer beyond 2^53 as it is stored. */
const LONG_ID = '1745555555555555557'

let folder: string
let server: InferenceServer
const errors: unknown[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-search-'))
  const encoder = await Bm25Encoder.open({ model: 'Qdrant/bm25' })
  const { sparse } = await encoder.encode(['Gout is a painful disease.'], 'document')
  const vector = sparseAt(sparse!, 0)
  const store = await openLocalStore({ path: join(folder, 'store') })
  await store.createCollection('notes', { sparse_vectors: { bm25: { modifier: 'idf' } } })
  const points = Array.from({ length: POINTS }, (_, i) => ({ id: i + 1, vectors: { bm25: vector }, payload: { n: i } }))
  points[7]!.payload = { ...points[7]!.payload, author: LONG_ID } as never
  await store.upsert('notes', points)
  await store.close()
  const options = { port: 0, workers: 1, preload: [], store: join(folder, 'store') }
  server = await InferenceServer.listen({ ...options, onError: (error) => errors.push(error) })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function search(filter?: object): Promise<{ status: number; hits: { id: number }[]; milliseconds: number }> {
  const response = await fetch(`${server.url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'gout', limit: 2, filter }),
  })
  return { status: response.status, ...((await response.json()) as { hits: { id: number }[]; milliseconds: number }) }
}

test('the page may be loaded by many at once, while others search', async () => {
  const load = async () => {
    const response = await fetch(`${server.url}/playground`)
    return { status: response.status, ...((await response.json()) as object) }
  }
  for (let round = 0; round < 5; round++) {
    const loads = await Promise.all(Array.from({ length: 10 }, load))
    const collections = [{ collection: 'notes', points: POINTS, methods: ['bm25'] }]
    for (const each of loads) expect(each).toMatchObject({ status: 200, collections })
    const searches = await Promise.all([search(), load(), search(), load(), search()])
    for (const { status } of searches) expect(status).toBe(200)
  }
  expect(errors).toEqual([])
})

test.each(['', ' \n '])('an empty question %j is refused, as the command refuses it', async (query) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${server.url}/search`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('expected a question')
})

test('a filter finds an integer beyond 2^53 however it is written, alone and beside others', async () => {
  const headers = { 'content-type': 'application/json' }
  for (const match of [`{"value":${LONG_ID}}`, `{"value":"${LONG_ID}"}`, `{"any":[5,${LONG_ID}]}`]) {
    const body = `{"query":"gout","filter":{"must":[{"key":"author","match":${match}}]}}`
    const response = await fetch(`${server.url}/search`, { method: 'POST', headers, body })
    expect(((await response.json()) as { hits: object[] }).hits, match).toMatchObject([{ id: 8 }])
  }
})

test('a search with a filter that takes long does not keep the service from answering others', async () => {
  const should = Array.from({ length: CONDITIONS }, (_, i) => ({ key: 'n', match: { value: POINTS - i - 1 } }))
  await search()
  const before = performance.eventLoopUtilization()
  const found = await search({ should })
  const { active } = performance.eventLoopUtilization(before)
  expect(found.status).toBe(200)
  expect(found.hits.every(({ id }) => id > POINTS - CONDITIONS)).toBe(true)
  // the search is done in a thread: this one has little to do meanwhile
  expect(active).toBeLessThan(found.milliseconds / 2)
})

test.each([
  ['one more than may be', CONDITIONS + 1, 400, 'INVALID_REQUEST'],
  ['4,000', 4_000, 400, 'INVALID_REQUEST'],
  ['100,000', 100_000, 413, 'REQUEST_TOO_LARGE'],
])(
  'filters of conditions (%s), each on a field of its own, are refused at once',
  async (_, conditions, status, code) => {
    const should = Array.from({ length: conditions }, (_, i) => ({ key: `field_${i}`, match: { value: i } }))
    await search()
    const ms = await processorMs(async () => {
      for (const each of await Promise.all(Array.from({ length: 4 }, () => search({ should }))))
        expect(each).toMatchObject({ status, code })
    })
    expect(ms).toBeLessThan(REFUSED_MS)
    expect(errors).toEqual([])
  },
)

test('a store that is read in a thread refuses more conditions than it was opened with', async () => {
  const thread = new StoreThread(workerFile('read-store'))
  try {
    const store = await thread.open(join(folder, 'store'), CONDITIONS)
    const ask = (conditions: number) => {
      const should = Array.from({ length: conditions }, (_, i) => ({ key: `field_${i}`, match: { value: i } }))
      return store.queryBatch('notes', [{ filter: { should }, limit: 1 }])
    }
    expect(await ask(CONDITIONS)).toEqual([[]])
    await expect(ask(100_000)).rejects.toMatchObject({ name: 'StoreError', code: 'REQUEST_REFUSED', status: 400 })
  } finally {
    await thread.close()
  }
})

test('searches of a store that is gone, and is there again, fail and succeed by what is there', async () => {
  const other = await InferenceServer.listen({ port: 0, workers: 1, preload: [], store: join(folder, 'later') })
  const ask = () =>
    fetch(`${other.url}/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'gout' }),
    })
  try {
    expect(await (await ask()).json()).toMatchObject({ code: 'STORE_MISSING' })
    const store = await openLocalStore({ path: join(folder, 'later') })
    await store.createCollection('notes', { sparse_vectors: { bm25: { modifier: 'idf' } } })
    await store.close()
    const answer = await ask()
    expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({ status: 200, hits: [] })
  } finally {
    await other.close()
  }
})
