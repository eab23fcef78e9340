/**
 * Qdrant's JavaScript client, unmodified, against `offgrid serve --qdrant-port`: its calls one after the other, older searches and texts included.
 *
 * OFFGRID_QDRANT_URL: where it listens. OFFGRID_TOKEN: its token, if it has one. Exit code 1 if a call went wrong.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { QdrantClient } from '@qdrant/js-client-rest'

const { OFFGRID_QDRANT_URL: url = 'http://127.0.0.1:6333', OFFGRID_TOKEN: apiKey } = process.env
const client = new QdrantClient({ url, ...(apiKey && { apiKey }) })
const name = `js-${randomUUID().slice(0, 8)}`
const model = 'sentence-transformers/all-MiniLM-L6-v2'
const texts = ['Cartilage is a connective tissue.', 'Gout hurts in the big toe.', 'The heart pumps blood.']
const ids = (points) => points.map(({ id }) => id)

assert.match((await client.versionInfo()).version, /^1\./)
await client.createCollection(name, {
  vectors: { dense: { size: 384, distance: 'Cosine' }, plain: { size: 2, distance: 'Dot' } },
  sparse_vectors: { bm25: { modifier: 'idf' } },
})
try {
  assert.deepEqual(await client.collectionExists(name), { exists: true })
  assert.ok((await client.getCollections()).collections.some((each) => each.name === name))
  const points = texts.map((text, id) => ({
    id,
    vector: { dense: { text, model }, bm25: { text, model: 'Qdrant/bm25' }, plain: [id, 1] },
    payload: { text, group: id % 2 },
  }))
  assert.equal((await client.upsert(name, { wait: true, points })).status, 'completed')
  assert.equal((await client.count(name)).count, 3)
  await client.createPayloadIndex(name, { field_name: 'group', field_schema: 'integer', wait: true })
  assert.equal((await client.facet(name, { key: 'group' })).hits[0].count, 2)

  const question = 'What is cartilage?'
  const prefetch = [
    { query: { text: question, model }, using: 'dense' },
    { query: { text: question, model: 'Qdrant/bm25' }, using: 'bm25' },
  ]
  const hybrid = await client.query(name, { prefetch, query: { fusion: 'rrf' }, with_payload: true })
  assert.equal(hybrid.points[0].payload.text, texts[0])
  const near = { query: [1, 0], using: 'plain' }
  assert.deepEqual(ids((await client.query(name, near)).points), [2, 1, 0])
  assert.equal((await client.queryBatch(name, { searches: [near, near] })).length, 2)
  assert.equal((await client.queryGroups(name, { ...near, group_by: 'group', group_size: 1 })).groups.length, 2)
  assert.equal((await client.searchMatrixPairs(name, { using: 'plain', sample: 3, limit: 1 })).pairs.length, 3)
  assert.equal((await client.searchMatrixOffsets(name, { using: 'plain', sample: 3 })).ids.length, 3)

  // removed from the client's next version
  if ('search' in client) {
    const vector = { name: 'plain', vector: [1, 0] }
    assert.deepEqual(ids(await client.search(name, { vector, limit: 1 })), [2])
    assert.deepEqual(ids((await client.searchBatch(name, { searches: [{ vector, limit: 1 }] }))[0]), [2])
    const groups = { group_by: 'group', group_size: 1, limit: 5 }
    assert.equal((await client.searchPointGroups(name, { vector, ...groups })).groups.length, 2)
    const like = { positive: [2], using: 'plain', limit: 1 }
    assert.deepEqual(ids(await client.recommend(name, like)), [1])
    assert.deepEqual(ids((await client.recommendBatch(name, { searches: [like] }))[0]), [1])
    assert.equal((await client.recommendPointGroups(name, { ...like, ...groups })).groups.length, 2)
    assert.equal((await client.discoverPoints(name, { target: 2, using: 'plain', limit: 2 })).length, 2)
    const discoveries = { searches: [{ target: 2, using: 'plain', limit: 2 }] }
    assert.equal((await client.discoverBatchPoints(name, discoveries))[0].length, 2)
  }

  await client.setPayload(name, { payload: { more: 1 }, points: [0] })
  await client.overwritePayload(name, { payload: { text: 'other' }, points: [1] })
  await client.deletePayload(name, { keys: ['more'], points: [0] })
  await client.clearPayload(name, { points: [2] })
  assert.deepEqual(
    (await client.retrieve(name, { ids: [0, 1, 2] })).map(({ payload }) => payload),
    [{ text: texts[0], group: 0 }, { text: 'other' }, {}],
  )
  await client.updateVectors(name, { points: [{ id: 0, vector: { plain: [9, 9] } }] })
  await client.deleteVectors(name, { points: [2], vector: ['plain'] })
  await client.batchUpdate(name, {
    operations: [
      { upsert: { points: [{ id: 7, vector: { plain: [0, 7] }, payload: { group: 1 } }] } },
      { set_payload: { payload: { more: 2 }, points: [7] } },
    ],
  })
  const page = await client.scroll(name, {
    filter: { must: [{ key: 'more', match: { value: 2 } }] },
    with_vector: true,
  })
  assert.deepEqual(page.points[0].vector, { plain: [0, 7] })
  await client.delete(name, { points: [7], wait: true })

  const alias = `${name}-alias`
  const actions = [{ create_alias: { collection_name: name, alias_name: alias } }]
  await client.updateCollectionAliases({ actions })
  assert.equal((await client.getCollectionAliases(name)).aliases[0].alias_name, alias)
  assert.ok((await client.getAliases()).aliases.some(({ alias_name }) => alias_name === alias))
  await client.updateCollection(name, { optimizers_config: { indexing_threshold: 0 } })
  assert.equal((await client.getCollection(alias)).points_count, 3)
  await client.deletePayloadIndex(name, 'group')

  await assert.rejects(client.getCollection('nobody'), (error) => {
    return error.status === 404 && /doesn't exist/.test(error.data.status.error)
  })
  await assert.rejects(client.createSnapshot(name), (error) => /not supported/.test(error.data.status.error))
} finally {
  await client.deleteCollection(name)
}
console.log('every call as it should be')
