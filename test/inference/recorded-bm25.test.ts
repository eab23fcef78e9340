import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceClient } from '../../src/inference/inference-client.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { LocalClient } from '../../src/stores/local-client/local-client.js'

const BM25 = 'Qdrant/bm25'
const SPARSE = { sparse_vectors: { bm25: { modifier: 'idf' } } } as const

/** What `offgrid ingest` writes down of a collection. */
const metadata = (bm25: object | null) => ({ offgrid: { vectors: { bm25: { vector: 'bm25', model: BM25 } }, bm25 } })

describe('BM25 texts for a collection that was filled by offgrid ingest', () => {
  let pool: EncoderPool
  let local: LocalClient
  let client: InferenceClient
  beforeAll(async () => {
    pool = await EncoderPool.create({ workers: 1 })
    local = LocalClient.memory()
    client = new InferenceClient({ client: local, pool })
    await client.createCollection('german', { ...SPARSE, metadata: metadata({ language: 'german', avgLen: 90 }) })
    await client.createCollection('old', { ...SPARSE, metadata: metadata(null) })
    await client.createCollection('foreign', SPARSE)
  })
  afterAll(async () => {
    await client.close()
    await local.close()
    await pool.close()
  })

  const upsert = (collection: string, options: object, id = 1) =>
    client.upsert(collection, { points: [{ id, vector: { bm25: { text: 'Katzen', model: BM25, options } } }] })
  const query = (collection: string, options: object, on = client) =>
    on.query(collection, { query: { text: 'Katzen', model: BM25, options }, using: 'bm25' })

  test('are taken with its options, a query without those of the weights', async () => {
    await upsert('german', { language: 'german', avg_len: 90 })
    expect((await query('german', { language: 'german' })).points.map(({ id }) => id)).toEqual([1])
  })

  test('are taken by a collection of the defaults, spelled out or not', async () => {
    await upsert('old', {})
    await upsert('old', { language: 'english', k: 1.2 }, 2)
    expect((await query('old', {})).points).toHaveLength(2)
  })

  test('are refused with other ones as COLLECTION_MISMATCH, by the options that differ', async () => {
    const refusal = { name: 'InputError', code: 'COLLECTION_MISMATCH' }
    const writing = upsert('german', { language: 'german' }, 2)
    await expect(writing).rejects.toMatchObject(refusal)
    await expect(writing).rejects.toThrow(/avgLen: found 90, expected 256/)
    await expect(query('german', {})).rejects.toThrow(/language: found "german", expected "english"/)
    await expect(query('german', {})).rejects.not.toThrow(/avgLen/)
  })

  test("are refused in the server's dialect", async () => {
    const server = new InferenceClient({ client: local, pool, bm25: 'server' })
    await expect(query('old', {}, server)).rejects.toThrow(/dialect: found "fastembed", expected "qdrant"/)
    await server.close()
  })

  test('are refused by a LocalClient itself, which computes them as a server does', async () => {
    const query = { text: 'Katzen', model: BM25 }
    await expect(local.query('old', { query, using: 'bm25' })).rejects.toThrow(/dialect: found "fastembed"/)
    const writing = local.upsert('old', { points: [{ id: 9, vector: { bm25: query } }] })
    await expect(writing).rejects.toMatchObject({ name: 'InputError', code: 'COLLECTION_MISMATCH' })
    await expect(local.query('foreign', { query, using: 'bm25' })).resolves.toMatchObject({ points: expect.anything() })
  })

  test('are taken in any form by a collection of which nothing is written down', async () => {
    await upsert('foreign', { language: 'french' })
    await upsert('foreign', { language: 'german' }, 2)
    expect((await query('foreign', { language: 'german' })).points.map(({ id }) => id)).toContain(2)
  })

  test('are held against the collection that is there now, not the one of that name before', async () => {
    await client.createCollection('again', { ...SPARSE, metadata: metadata({ language: 'german' }) })
    await query('again', { language: 'german' })
    await local.deleteCollection('again')
    await local.createCollection('again', { ...SPARSE, metadata: metadata({ language: 'french' }) })
    await expect(query('again', { language: 'french' })).resolves.toEqual({ points: [] })
  })
})
