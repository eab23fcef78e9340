import { QdrantClient } from '@qdrant/js-client-rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceServer } from '../../../src/serve/inference-server.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

const DENSE = 'sentence-transformers/all-minilm-l6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const TEXTS = ['Cartilage is a firm tissue.', 'Aspirin relieves pain.', 'The liver makes bile.']

/** A Qdrant server whose inference address is the service, and a plain client of it. */
let service: InferenceServer
let qdrant: QdrantTestServer
let client: QdrantClient
beforeAll(async () => {
  service = await InferenceServer.listen({ port: 0, workers: 1, token: 'of-the-server', preload: [] })
  const inference = { address: `${service.url}/infer`, token: 'of-the-server' }
  qdrant = await QdrantTestServer.start({ client: LocalClient.memory(), inference })
  client = new QdrantClient({ url: qdrant.url, checkCompatibility: false })
  await client.createCollection('notes', {
    vectors: {
      dense_vector: { size: 384, distance: 'Cosine' },
      late: { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
    },
    sparse_vectors: { bm25_sparse_vector: { modifier: 'idf' } },
  })
})
afterAll(async () => {
  await qdrant.close()
  await service.close()
})

const text = (words: string, model: string) => ({ text: words, model })

describe('a self-hosted Qdrant with this service as its inference address', () => {
  test('stores the documents of a plain client and answers its questions, hybrid and reranked', async () => {
    await client.upsert('notes', {
      wait: true,
      points: TEXTS.map((words, i) => ({
        id: i + 1,
        vector: {
          dense_vector: text(words, DENSE),
          bm25_sparse_vector: text(words, 'qdrant/bm25'),
          late: text(words, LATE),
        },
      })),
    })
    const question = 'What helps against pain?'
    const { points } = await client.query('notes', {
      prefetch: {
        prefetch: [
          { query: text(question, DENSE), using: 'dense_vector', limit: 3 },
          { query: text(question, 'Qdrant/bm25'), using: 'bm25_sparse_vector', limit: 3 },
        ],
        query: { fusion: 'rrf' },
      },
      query: text(question, LATE),
      using: 'late',
    })
    expect(points.map(({ id }) => id)[0]).toBe(2)
    expect(points).toHaveLength(3)
  })

  test('passes on why a text cannot be embedded', async () => {
    const failing = client.query('notes', { query: text('a', 'nobody/nothing'), using: 'dense_vector' })
    await expect(failing).rejects.toMatchObject({
      status: 400,
      data: { status: { error: expect.stringMatching(/Inference request validation failed: Unknown model/) } },
    })
  })
})
