import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ingestSources } from '../../../src/product/ingest-sources.js'
import { InferenceServer } from '../../../src/serve/inference-server.js'

const SENTENCES = ['The ear hurts.', 'Cartilage becomes red and swells within days.', 'Antibiotics help at once.']
const LONG = SENTENCES.join(' ')

let folder: string
let server: InferenceServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-page-'))
  const place = { store: join(folder, 'store'), workers: 1, precision: 'int8' as const }
  const documents = [
    { id: 'ear', text: LONG, payload: { topic: 'ENT' } },
    { id: 'gout', text: 'Gout inflames a joint. Crystals are the cause.', payload: { topic: 'joints' } },
  ]
  await ingestSources(documents, { ...place, collection: 'whole', vectors: ['bm25', 'late'] })
  const chunking = { maxTokens: 12, model: 'sentence-transformers/all-MiniLM-L6-v2' }
  await ingestSources(documents, { ...place, collection: 'parts', vectors: ['bm25'], chunking })
  server = await InferenceServer.listen({ port: 0, workers: 1, preload: [], store: place.store, precision: 'int8' })
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire
async function ask(path: string, body: object, url = server.url): Promise<{ status: number; body: any }> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}

test('the page and its files allow nothing from elsewhere and no script in the page itself; other files are not there', async () => {
  const page = await fetch(`${server.url}/`)
  const html = await page.text()
  expect(page.headers.get('content-security-policy')).toMatch(
    /default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/,
  )
  expect(html).not.toMatch(/https?:(?!\/\/www\.w3\.org)|\son\w+=|style="|<script>/)
  const files = [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map((match) => match[1]!)
  expect(files).toHaveLength(2)
  for (const file of files) {
    const response = await fetch(`${server.url}/${file}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
    ])
    for (const [, imported] of (await response.text()).matchAll(/from '\.\/([^']+)'/g)) {
      expect((await fetch(`${server.url}/page/${imported}`)).status, imported).toBe(200)
    }
  }
  for (const file of ['index.html', 'tsconfig.json', '..%2Fsrc%2Findex.js', '__proto__']) {
    expect((await fetch(`${server.url}/page/${file}`)).status, file).toBe(404)
  }
})

test('a passage says which words BM25 found, and which word each token of the question met', async () => {
  const query = 'Why is the cartilage red?'
  const { body } = await ask('/playground/matches', { query, texts: [LONG, ''], collection: 'whole' })
  const [found, empty] = body.matches
  const asked = ([start, end]: [number, number]) => query.slice(start, end)
  expect(body.counted.map(asked)).toEqual(['cartilage', 'red'])
  expect(found.words.map(({ start, end, term }: Record<string, number>) => [LONG.slice(start, end), term])).toEqual([
    ['Cartilage', 'cartilag'],
    ['red', 'red'],
  ])
  // a word may be several tokens: each meets a token of its own
  const met = found.tokens.map((token: { query: [number, number]; text: [number, number] }) => [
    asked(token.query),
    LONG.slice(...token.text),
  ])
  expect(met).toContainEqual(['red', 'red'])
  expect(met).toContainEqual(['cartilage', 'Cartilage'])
  expect(new Set(met.map(([word]: string[]) => word))).toEqual(new Set(['Why', 'is', 'the', 'cartilage', 'red']))
  for (const { score } of found.tokens) expect(Math.abs(score)).toBeLessThanOrEqual(1.001)
  expect(empty).toEqual({ words: [], tokens: [] })
})

test('a document in parts comes back whole, a missing one is not found', async () => {
  const { body } = await ask('/playground/document', { id: 'ear', collection: 'parts' })
  expect(body).toMatchObject({ collection: 'parts', id: 'ear', fields: { topic: 'ENT' } })
  expect(body.text.split(/\s+/)).toEqual(LONG.split(' '))
  expect((await ask('/playground/document', { id: 'none', collection: 'parts' })).status).toBe(404)
})

test('a collection says its models, whether it is cut into parts, and its fields', async () => {
  const { body } = await ask('/playground/collection', { collection: 'parts' })
  expect(body).toMatchObject({
    models: { bm25: 'Qdrant/bm25' },
    isChunked: true,
    fields: [{ name: 'id' }, { name: 'topic' }],
  })
  const refused = await ask('/playground/matches', { query: 'a', texts: new Array(101).fill('a'), collection: 'parts' })
  expect(refused).toMatchObject({ status: 400, body: { error: 'texts: expected at most 100, got 101.' } })
})

test('a Qdrant server is searched as a store in a folder is', async () => {
  const shared = { port: 0, workers: 1, preload: [], precision: 'int8' as const }
  await using qdrant = await InferenceServer.listen({ ...shared, store: join(folder, 'store'), qdrantPort: 0 })
  await using far = await InferenceServer.listen({ ...shared, store: { kind: 'qdrant', url: qdrant.qdrantUrl! } })
  const state = (await (await fetch(`${far.url}/playground`)).json()) as { path: string; collections: object[] }
  expect(state).toMatchObject({ path: qdrant.qdrantUrl, url: qdrant.qdrantUrl })
  expect(state.collections).toHaveLength(2)
  for (const [path, body] of [
    ['/search', { query: 'red cartilage', collection: 'whole' }],
    [
      '/search',
      { query: 'red cartilage', collection: 'parts', filter: { must: [{ key: 'topic', match: { any: ['ENT'] } }] } },
    ],
    ['/playground/document', { id: 'ear', collection: 'parts' }],
    ['/playground/collection', { collection: 'parts' }],
  ] as const) {
    const [near, there] = [await ask(path, body), await ask(path, body, far.url)]
    for (const { body } of [near, there]) delete body.milliseconds
    expect(there, path).toEqual(near)
    expect(near.status).toBe(200)
  }
})

test('documents are sent to the URL of a store that the service writes to, and to no other', async () => {
  const urlOf = async ({ url }: InferenceServer) => (await (await fetch(`${url}/playground`)).json()) as object
  expect(await urlOf(server)).toMatchObject({ path: join(folder, 'store'), url: null })
  const options = { port: 0, workers: 1, preload: [], store: join(folder, 'empty'), precision: 'int8' as const }
  await using qdrant = await InferenceServer.listen({ ...options, qdrantPort: 0 })
  const { url } = (await urlOf(qdrant)) as { url: string }
  expect(url).toBe(qdrant.qdrantUrl)
  const documents = [{ id: 'gout', text: 'Gout inflames a joint.', payload: {} }]
  await ingestSources(documents, {
    store: { url },
    collection: 'sent',
    vectors: ['bm25'],
    workers: 1,
    precision: 'int8',
  })
  expect(await urlOf(qdrant)).toMatchObject({ collections: [{ collection: 'sent', points: 1 }] })
})

test('a server is not served as a server once more', async () => {
  const store = { kind: 'qdrant', url: 'http://127.0.0.1:6333' } as const
  await expect(InferenceServer.listen({ port: 0, qdrantPort: 0, preload: [], store })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  })
})
