import { QdrantClient } from '@qdrant/js-client-rest'
import { expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

/** What a program does that uses the requests themselves. */
async function useApi(client: Pick<QdrantClient, 'api'>): Promise<unknown[]> {
  const api = client.api()
  const collection_name = 'a b'
  const vectors = { size: 2, distance: 'Cosine' } as const
  const points = [
    { id: 1, vector: [1, 0], payload: { g: 'a' } },
    { id: 2, vector: [0, 1], payload: { g: 'b' } },
  ]
  const answers = [
    await api.createCollection({ collection_name, vectors, timeout: 10 }),
    await api.upsertPoints({ collection_name, points, wait: true, ordering: 'strong' }),
    await api.createFieldIndex({ collection_name, field_name: 'g', field_schema: 'keyword', wait: true }),
    await api.deletePoints({ collection_name, points: [9] }),
    await api.getPoint({ collection_name, id: 2 }),
    await api.getPoints({ collection_name, ids: [1], with_vector: true, consistency: 'majority' }),
    await api.queryPoints({ collection_name, query: [1, 0], limit: 1, with_payload: true }),
    await api.scrollPoints({ collection_name, filter: { must: [{ key: 'g', match: { value: 'b' } }] } }),
    await api.deleteFieldIndex({ collection_name, field_name: 'g', wait: true }),
    await api.collectionExists({ collection_name: 'other' }),
    await api.deleteCollection({ collection_name }),
  ]
  return answers.map(({ ok, status, data: { time, ...data } }) => [ok, status, typeof time, data])
}

test('api() answers as that of the client of Qdrant does, field for field', async () => {
  await using engine = LocalClient.memory()
  await using local = LocalClient.memory()
  const server = await QdrantTestServer.start({ client: engine })
  try {
    const asked = await useApi(new QdrantClient({ url: server.url, checkCompatibility: false }))
    expect(await useApi(local)).toEqual(asked)
    expect(JSON.stringify(asked)).toContain('acknowledged')
  } finally {
    await server.close()
  }
})

test('api() leaves what it is given as it is, and fails as the methods do', async () => {
  await using local = LocalClient.memory()
  const request = { collection_name: 'c', vectors: { size: 2, distance: 'Dot' as const } }
  await local.api().createCollection(request)
  expect(request).toHaveProperty('collection_name', 'c')
  await expect(local.api().getCollection({ collection_name: 'no' })).rejects.toMatchObject({
    ...{ code: 'COLLECTION_MISSING', status: 404 },
  })
  await expect(local.api().createSnapshot({ collection_name: 'c' })).rejects.toMatchObject({
    ...{ code: 'NOT_SUPPORTED', status: 501, message: expect.stringContaining('/snapshots is not supported') },
  })
  const unknown = local.api() as unknown as Record<string, () => Promise<unknown>>
  await expect(unknown.createPlanet!()).rejects.toThrow('createPlanet')
  const api = local.api()
  expect(await Promise.resolve(api)).toBe(api)
})
