import { QdrantClient } from '@qdrant/js-client-rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceServer } from '../../../src/serve/inference-server.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { sendRest, startQdrant } from './start-qdrant.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const BM25 = 'Qdrant/bm25'
const TEXTS = ['Cartilage is a connective tissue.', 'Gout hurts in the big toe.', 'The heart pumps blood.']

let service: Awaited<ReturnType<typeof startQdrant>>
let client: QdrantClient
beforeAll(async () => {
  service = await startQdrant()
  client = new QdrantClient({ url: service.url, checkCompatibility: false })
})
afterAll(() => service.close())

const rest = (method: string, path: string, body: unknown = null, headers: Record<string, string> = {}) =>
  sendRest(service.url, method, path, body, headers)

const CONFIG = {
  vectors: {
    dense: { size: 384, distance: 'Cosine' },
    late: { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
  },
  sparse_vectors: { bm25: { modifier: 'idf' } },
} as const
const documents = TEXTS.map((text, id) => ({
  id,
  vector: { dense: { text, model: DENSE }, late: { text, model: LATE }, bm25: { text, model: BM25 } },
  payload: { text },
}))
const HYBRID = {
  prefetch: [
    { query: { text: 'What is cartilage?', model: DENSE }, using: 'dense', limit: 3 },
    { query: { text: 'What is cartilage?', model: BM25 }, using: 'bm25', limit: 3 },
  ],
  query: { text: 'What is cartilage?', model: LATE },
  using: 'late',
  limit: 2,
}

describe("Qdrant's REST over the embedded store", () => {
  test("takes texts where vectors may stand, and they are embedded as the service's /infer embeds them", async () => {
    await client.createCollection('texts', CONFIG)
    const { status, body } = await rest('PUT', '/collections/texts/points?wait=true', { points: documents })
    expect([status, body.status, body.result.status]).toEqual([200, 'ok', 'completed'])
    // the store itself computes BM25, and counts nothing
    expect(Object.keys(body.usage.inference.models).sort()).toEqual([LATE, DENSE].sort())
    const inputs = [DENSE, LATE, BM25].map((model) => ({ data: TEXTS[0], data_type: 'text', model, options: null }))
    const infer = await sendRest(service.server.url, 'POST', '/infer', { inputs, inference: 'update', token: null })
    const [dense, late, bm25] = infer.body.embeddings
    await client.createCollection('vectors', CONFIG)
    await client.upsert('vectors', { points: [{ id: 0, vector: { dense, late, bm25 }, payload: { text: TEXTS[0] } }] })
    const read = (collection: string) => client.retrieve(collection, { ids: [0], with_vector: true })
    expect(await read('texts')).toEqual(await read('vectors'))
    const { points } = await client.query('texts', { ...HYBRID, with_payload: true })
    expect(points[0]).toMatchObject({ id: 0, version: expect.any(Number), payload: { text: TEXTS[0] } })
    await client.deleteCollection('vectors')
  })

  test('what is upserted is found by POST /search and the page at once', async () => {
    await client.createCollection('fresh', CONFIG)
    const vectors = { dense: { text: TEXTS[1]!, model: DENSE } }
    await client.upsert('fresh', { points: [{ id: 1, vector: vectors, payload: { text: TEXTS[1]! } }] })
    const page = await sendRest(service.server.url, 'GET', '/playground')
    expect(page.body.collections).toContainEqual(expect.objectContaining({ collection: 'fresh', points: 1 }))
    await client.deleteCollection('fresh')
    const search = await sendRest(service.server.url, 'POST', '/search', { query: 'toe', collection: 'fresh' })
    expect(search).toMatchObject({ status: 404, body: { code: 'COLLECTION_MISSING' } })
  })

  test('a collection whose vectors have other names is searched by POST /search with using and model', async () => {
    const search = (body: object) =>
      sendRest(service.server.url, 'POST', '/search', {
        query: 'What is cartilage?',
        collection: 'texts',
        limit: 1,
        ...body,
      })
    const using = { using: ['dense', 'bm25'], model: DENSE, sparse_model: BM25 }
    const { body } = await search({ ...using, text_field: 'text' })
    expect(body.hits).toMatchObject([{ id: 0, text: TEXTS[0], ranks: { dense: 1, bm25: 1 } }])
    expect((await search({ using: 'dense', model: DENSE })).body.hits[0].id).toBe(0)
    expect(await search({ using: 'nothing', model: DENSE })).toMatchObject({
      status: 400,
      body: { code: 'COLLECTION_MISMATCH' },
    })
    expect(await search({ using: ['dense'] })).toMatchObject({ status: 400, body: { code: 'COLLECTION_MISMATCH' } })
  })

  test("Qdrant's own client has its older searches, aliases, indexes and pages answered", async () => {
    await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } })
    const points = [0, 1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { n: id, g: `g${id % 2}` } }))
    await client.upsert('c', { points, wait: true })
    await client.createPayloadIndex('c', { field_name: 'g', field_schema: 'keyword', wait: true })
    await client.updateCollectionAliases({
      actions: [{ create_alias: { collection_name: 'c', alias_name: 'alias' } }],
    })
    expect((await client.search('alias', { vector: [1, 0], limit: 2 })).map(({ id }) => id)).toEqual([3, 2])
    expect((await client.recommend('c', { positive: [3], limit: 1 })).map(({ id }) => id)).toEqual([2])
    expect((await client.facet('c', { key: 'g' })).hits).toEqual([
      { value: 'g0', count: 2 },
      { value: 'g1', count: 2 },
    ])
    const first = await client.scroll('c', { limit: 3, filter: { must: [{ key: 'n', range: { gte: 0 } }] } })
    expect(first.next_page_offset).toBe(3)
    expect((await client.getCollection('c')).payload_schema).toMatchObject({ g: { data_type: 'keyword', points: 4 } })
    await client.deleteCollection('c')
    expect(await client.collectionExists('alias')).toEqual({ exists: false })
  })

  test('is alive, ready, counted, and says what it is', async () => {
    expect(await client.versionInfo()).toMatchObject({ version: expect.stringMatching(/^1\.18\./) })
    for (const [path, text] of [
      ['/healthz', /passed/],
      ['/livez', /passed/],
      ['/readyz', /ready/],
      ['/metrics', /http_requests.*route="PUT \/collections\/\{name\}"/],
    ] as const) {
      const { status, body } = await rest('GET', path)
      expect([path, status]).toEqual([path, 200])
      expect(body).toMatch(text)
    }
    const telemetry = await rest('GET', '/telemetry')
    expect(telemetry.body.result).toMatchObject({ app: { name: 'offgrid' }, collections: { number_of_collections: 1 } })
    expect((await rest('GET', '/cluster')).body.result).toEqual({ status: 'disabled' })
    const shards = await rest('GET', '/collections/texts/cluster')
    expect(shards.body.result).toMatchObject({ shard_count: 1, local_shards: [{ points_count: 3, state: 'Active' }] })
    expect((await rest('GET', '/collections/texts/optimizations')).body.result.running).toEqual([])
  })
})

describe('what is refused', () => {
  const errorOf = async (...request: Parameters<typeof rest>) => {
    const { status, body } = await rest(...request)
    expect(Object.keys(body).sort()).toEqual(['status', 'time'])
    return [status, body.status.error] as const
  }

  test('what only a cluster has, and snapshots, by name', async () => {
    for (const path of [
      '/collections/texts/snapshots',
      '/snapshots',
      '/collections/texts/shards/0/snapshots',
    ] as const) {
      expect(await errorOf('POST', path)).toEqual([501, expect.stringContaining(`(POST ${path}) is not supported`)])
    }
    for (const [method, path] of [
      ['PUT', '/collections/texts/shards'],
      ['POST', '/collections/texts/cluster'],
      ['DELETE', '/cluster/peer/7'],
    ] as const) {
      const expected = `Bad request: Distributed mode disabled: ${method} ${path} needs a cluster.`
      expect(await errorOf(method, path, {})).toEqual([400, expected])
    }
    const custom = { vectors: { size: 2, distance: 'Dot' }, sharding_method: 'custom' }
    expect((await errorOf('PUT', '/collections/n', custom))[1]).toMatch(/sharding_method "custom" is not supported/)
    expect((await errorOf('GET', '/nothing/here'))[0]).toBe(404)
  })

  test('bodies that are no JSON, too deep, or texts of models that are not here', async () => {
    const upsert = (body: unknown) => errorOf('PUT', '/collections/texts/points', body)
    expect(await upsert('{"points":')).toEqual([400, expect.stringMatching(/^Format error in JSON body: /)])
    expect((await upsert(`{"points":${'['.repeat(2000)}${']'.repeat(2000)}}`))[0]).toBe(400)
    const vector = { dense: { text: 'a', model: 'nobody/knows' } }
    expect(await upsert({ points: [{ id: 9, vector }] })).toEqual([400, expect.stringContaining('nobody/knows')])
    const plain = await rest('PUT', '/collections/texts/points', '{}', { 'content-type': 'text/plain' })
    expect(plain.status).toBe(415)
    expect((await client.count('texts')).count).toBe(3)
  })

  test('a second writer of the folder, while readers see what is stored', async () => {
    const options = { port: 0, qdrantPort: 0, store: service.path, preload: [], workers: 1 }
    await expect(InferenceServer.listen(options)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    const reader = await openLocalStore({ path: service.path, readOnly: true })
    expect(await reader.count('texts')).toBe(3)
    await reader.close()
  })

  test('whoever does not send the token, in plain text as a server does, and another name of the machine', async () => {
    const token = 'a-long-and-secret-token'
    const guarded = await startQdrant({ token, maxBodyBytes: 4_096 })
    const ask = (headers: Record<string, string>, path = '/collections') =>
      sendRest(guarded.url, 'GET', path, null, headers)
    expect(await ask({})).toMatchObject({ status: 401, body: expect.stringMatching(/^Must provide an API key/) })
    expect((await ask({ 'api-key': 'wrong' })).status).toBe(401)
    for (const headers of [{ 'api-key': token }, { authorization: `Bearer ${token}` }])
      expect(await ask(headers)).toMatchObject({ status: 200, body: { result: { collections: [] } } })
    for (const path of ['/', '/healthz', '/readyz', '/livez']) expect((await ask({}, path)).status).toBe(200)
    const large = await sendRest(guarded.url, 'PUT', '/collections/a', { a: 'a'.repeat(5_000) }, { 'api-key': token })
    expect(large).toMatchObject({
      status: 400,
      body: { status: { error: expect.stringMatching(/^Payload error: .*4096 bytes/) } },
    })
    await guarded.close()
  })
})

test('a service that ended leaves its store to the next one', async () => {
  const { url, path, server, close } = await startQdrant()
  await sendRest(url, 'PUT', '/collections/kept', { vectors: { size: 1, distance: 'Dot' } })
  await sendRest(url, 'PUT', '/collections/kept/points?wait=true', { points: [{ id: 1, vector: [2] }] })
  await server.close()
  const next = await startQdrant({ store: path })
  const answer = await sendRest(next.url, 'GET', '/collections/kept/points/1')
  expect(answer.body.result).toEqual({ id: 1, payload: {}, vector: [2] })
  await next.close()
  await close()
})
