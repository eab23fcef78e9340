import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { QdrantClient } from '#qdrant-client'
import { InferenceClient } from '../../src/inference/inference-client.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { QdrantTestServer, type TestServerOptions } from '../server/qdrant-test-server.js'
import { inferenceClientContract } from './inference-client.contract.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const BM25 = 'Qdrant/bm25'

inferenceClientContract('InferenceClient over a LocalClient', async () => {
  const client = LocalClient.memory()
  return { options: { client }, close: () => client.close() }
})

async function startServer(options: Omit<TestServerOptions, 'client'> = {}) {
  const engine = LocalClient.memory()
  const server = await QdrantTestServer.start({ client: engine, ...options })
  const close = async () => {
    await server.close()
    await engine.close()
  }
  return { server, url: server.url, close }
}

inferenceClientContract('InferenceClient over a server (test server)', async () => {
  const { url, close } = await startServer()
  return { options: { url }, close }
})

describe('what is encoded', () => {
  let pool: EncoderPool
  let local: LocalClient
  let client: InferenceClient
  beforeAll(async () => {
    pool = await EncoderPool.create({ workers: 1 })
    local = LocalClient.memory()
    client = new InferenceClient({ client: local, pool })
    await client.createCollection('c', {
      vectors: {
        dense: { size: 384, distance: 'Cosine' },
        late: { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
      },
      sparse_vectors: { bm25: { modifier: 'idf' } },
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  afterAll(async () => {
    await client.close()
    await local.close()
    await pool.close()
  })

  test('one batch for each model and options of a request, equal texts once, in any spelling of the model', async () => {
    const encodePiece = vi.spyOn(pool, 'encodePiece')
    await client.upsert('c', {
      points: [
        { id: 1, vector: { dense: { text: 'one', model: DENSE }, bm25: { text: 'one', model: BM25 } } },
        { id: 2, vector: { dense: { text: 'two', model: DENSE.toUpperCase() } } },
        { id: 3, vector: { dense: { text: 'one', model: DENSE, options: {} } } },
        { id: 4, vector: { dense: { text: 'one', model: DENSE, options: { max_tokens: 8 } } } },
        { id: 5, vector: { bm25: { text: 'three', model: 'bm25', options: { k: 1, avg_len: 9 } } } },
        { id: 6, vector: { bm25: { text: 'four', model: 'QDRANT/BM25', options: { avg_len: 9, k: 1 } } } },
      ],
    })
    const calls = encodePiece.mock.calls.map(([spec, texts, side]) => ({ spec, texts, side }))
    expect(calls).toHaveLength(4)
    expect(calls).toContainEqual({ spec: { dense: DENSE }, texts: ['one', 'two'], side: 'document' })
    expect(calls).toContainEqual({ spec: { dense: DENSE, maxTokens: 8 }, texts: ['one'], side: 'document' })
    expect(calls).toContainEqual({ spec: { sparse: BM25, bm25: {} }, texts: ['one'], side: 'document' })
    const options = { avgLen: 9, k: 1 }
    expect(calls).toContainEqual({ spec: { sparse: BM25, bm25: options }, texts: ['three', 'four'], side: 'document' })
  })

  test('dense and late-interaction vectors of the same texts come from one pass, on the query side too', async () => {
    const encodePiece = vi.spyOn(pool, 'encodePiece')
    const query = { text: 'one', model: DENSE }
    await client.query('c', {
      prefetch: [
        { query, using: 'dense' },
        { query: { text: 'one', model: BM25 }, using: 'bm25' },
      ],
      query: { text: 'one', model: LATE },
      using: 'late',
    })
    expect(encodePiece.mock.calls.map(([spec, texts, side]) => ({ spec, texts, side }))).toEqual([
      { spec: { dense: DENSE, late: LATE }, texts: ['one'], side: 'query' },
      { spec: { sparse: BM25, bm25: {} }, texts: ['one'], side: 'query' },
    ])
  })

  test('a request that is emptied by its caller after the call is sent as it was', async () => {
    const points = [{ id: 11, vector: { dense: { text: 'kept', model: DENSE } } }]
    const upserting = client.upsert('c', { points })
    points[0]!.vector.dense.text = 'changed'
    points.length = 0
    await upserting
    const { points: found } = await client.query('c', {
      query: { text: 'kept', model: DENSE },
      using: 'dense',
      limit: 1,
    })
    expect(found[0]).toMatchObject({ id: 11, score: expect.closeTo(1, 5) })
  })

  test.each([
    [{ text: 'x', model: 'nobody/nothing' }, 'UNKNOWN_MODEL', /nobody\/nothing/],
    [{ text: 'x', model: DENSE, options: { precison: 'int8' } }, 'UNKNOWN_OPTION', /precison/],
    [{ text: 'x', model: DENSE, options: { precision: 'fp8' } }, 'INVALID_OPTION', /fp8/],
    [{ text: 'x', model: DENSE, option: {} }, 'UNKNOWN_OPTION', /"option"/],
    [{ text: 'x', model: BM25, options: { tokenizer: 'word' } }, 'UNKNOWN_OPTION', /bm25: 'server'/],
    [{ text: 'x', model: BM25, options: { stopwords: 'english' } }, 'INVALID_OPTION', /list of words/],
    [{ text: 'x', model: BM25, options: { k: -1 } }, 'INVALID_OPTION', /k to be/],
    [{ text: 'x', model: BM25, options: 7 }, 'INVALID_INFERENCE_OBJECT', /options/],
    [{ text: 'x' }, 'INVALID_INFERENCE_OBJECT', /model undefined/],
    [{ image: 'http://127.0.0.1/x.png', model: 'clip' }, 'INPUT_UNSUPPORTED', /"image"/],
    [{ object: { any: 1 }, model: 'm' }, 'INPUT_UNSUPPORTED', /"object"/],
  ])('%j is refused with %s', async (vector, code, message) => {
    const request = { points: [{ id: 1, vector: { dense: vector as never } }] }
    const refusal = client.upsert('c', request)
    await expect(refusal).rejects.toMatchObject({ name: 'InputError', code })
    await expect(refusal).rejects.toThrow(message)
    await expect(client.query('c', { query: vector as never, using: 'dense' })).rejects.toMatchObject({ code })
  })

  test('BM25 is left to the server’s model where the client is told so', async () => {
    const serverSide = new InferenceClient({ client: local, pool, bm25: 'server' })
    const encodePiece = vi.spyOn(pool, 'encodePiece')
    const vector = { bm25: { text: 'snake_case', model: 'qdrant/BM25', options: { tokenizer: 'word' } } } as const
    await serverSide.upsert('c', { points: [{ id: 21, vector }] })
    expect(encodePiece).not.toHaveBeenCalled()
    const [record] = await serverSide.retrieve('c', { ids: [21], with_vector: true })
    // the server cuts words at _, FastEmbed does not
    expect(record!.vector).toMatchObject({ bm25: { indices: { length: 2 } } })
  })
})

describe('constructor', () => {
  test('opens no connection and prints nothing, with an API key on http as well', async () => {
    const { server, url, close } = await startServer({ apiKey: 'key' })
    const printed = vi.spyOn(console, 'warn')
    const client = new InferenceClient({ url, apiKey: 'key', checkCompatibility: true })
    await new Promise((resolve) => setImmediate(resolve))
    expect(printed).not.toHaveBeenCalled()
    expect(server.connections).toBe(0)
    expect((await client.getCollections()).collections).toEqual([])
    expect(server.requests.at(-1)!.headers['api-key']).toBe('key')
    vi.restoreAllMocks()
    await client.close()
    await close()
  })

  test('keeps the path of a URL', async () => {
    const { server, url, close } = await startServer({ prefix: '/behind/proxy' })
    const client = new InferenceClient({ url: `${url}/` })
    expect((await client.getCollections()).collections).toEqual([])
    expect(server.requests.map(({ path }) => path)).toEqual(['/collections'])
    await close()
  })

  test('checks the version once, before the first request with vectors, when it is asked to', async () => {
    const { server, url, close } = await startServer()
    const client = new InferenceClient({ url, checkCompatibility: true })
    await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } })
    await client.upsert('c', { points: [{ id: 1, vector: [1, 2] }] })
    await client.query('c', { query: [1, 2] })
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/collections/c',
      '/',
      '/collections/c/points',
      '/collections/c/points/query',
    ])
    await close()
    const old = await startServer({ version: '1.9.7' })
    const refused = new InferenceClient({ url: old.url, checkCompatibility: true }).query('c', { query: [1, 2] })
    await expect(refused).rejects.toMatchObject({ name: 'StoreError', code: 'SERVER_TOO_OLD' })
    await old.close()
  })

  test('refuses unknown options, and what contradicts itself', async () => {
    const client = LocalClient.memory()
    const pool = await EncoderPool.create({ workers: 1 })
    expect(() => new InferenceClient({ ulr: 'http://127.0.0.1:6333' } as never)).toThrow(/unknown option "ulr"/)
    expect(() => new InferenceClient({ client, url: 'http://127.0.0.1:6333' })).toThrow(/client or a server/)
    expect(() => new InferenceClient({ workers: 1, pool })).toThrow(/workers or pool/)
    expect(() => new InferenceClient({ bm25: 'remote' as never })).toThrow(/'local' or 'server'/)
    await pool.close()
  })
})

test('the client of Qdrant itself is refused a multivector of two rows of whole numbers', async () => {
  const { url, close } = await startServer()
  const client = new QdrantClient({ url, checkCompatibility: false })
  const vectors = { v: { size: 2, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } } } as const
  await client.createCollection('rows', { vectors })
  const vector = {
    v: [
      [3, 4],
      [1, 0],
    ],
  }
  await expect(client.upsert('rows', { points: [{ id: 1, vector }] })).rejects.toMatchObject({ status: 400 })
  await close()
})

test('an InferenceClient is a QdrantClient, and over a LocalClient it has every method or refuses it by name', async () => {
  const local = LocalClient.memory()
  const client = new InferenceClient({ client: local })
  expect(client).toBeInstanceOf(QdrantClient)
  expect((await client.api().getCollections({})).data.result).toEqual({ collections: [] })
  await expect(client.createSnapshot('c')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  const names = Object.getOwnPropertyNames(QdrantClient.prototype).filter((name) => name !== 'constructor')
  const inherited = names.filter((name) => Reflect.get(client, name) === Reflect.get(QdrantClient.prototype, name))
  expect(inherited).toEqual([])
})

describe('close', () => {
  test('ends the threads of an own pool, after which texts are refused and vectors are not', async () => {
    const local = LocalClient.memory()
    await local.createCollection('c', { vectors: { size: 384, distance: 'Cosine' } })
    const client = new InferenceClient({ client: local, workers: 1 })
    const text = { text: 'x', model: DENSE }
    await client.upsert('c', { points: [{ id: 1, vector: text }] })
    await client.close()
    await client.close()
    await expect(client.query('c', { query: text })).rejects.toMatchObject({ code: 'POOL_CLOSED' })
    expect((await client.query('c', { query: 1 })).points).toEqual([])
    expect(await local.count('c')).toEqual({ count: 1 })
  })

  test('leaves a shared pool open', async () => {
    await using pool = await EncoderPool.create({ workers: 1 })
    {
      await using client = new InferenceClient({ client: LocalClient.memory(), pool })
      await client.createCollection('c', { sparse_vectors: { v: {} } })
      await client.upsert('c', { points: [{ id: 1, vector: { v: { text: 'bile', model: BM25 } } }] })
    }
    expect((await pool.encoder({ sparse: BM25 }).encode(['bile'], 'query')).tokens).toHaveLength(1)
  })
})
