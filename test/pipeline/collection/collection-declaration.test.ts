import { describe, expect, test } from 'vitest'
import {
  type CollectionDeclaration,
  parseDeclaration,
  readDeclaration,
} from '../../../src/pipeline/collection/collection-declaration.js'
import { type CollectionPlan, collectionConfig } from '../../../src/pipeline/collection/collection-plan.js'
import {
  declareCollection,
  prepareCollection,
  requireOwnCollection,
} from '../../../src/pipeline/collection/prepare-collection.js'
import { METADATA_KEY } from '../../../src/stores/collection-metadata.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { Store } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

const FULL: CollectionDeclaration = {
  shard_number: 6,
  sharding_method: 'auto',
  replication_factor: 2,
  write_consistency_factor: 2,
  on_disk_payload: true,
  vectors: {
    dense: {
      on_disk: true,
      datatype: 'float16',
      hnsw_config: { m: 24, ef_construct: 200, on_disk: true },
      quantization_config: { scalar: { type: 'int8', quantile: 0.99, always_ram: true } },
    },
    late: { on_disk: false, quantization_config: { binary: { always_ram: true, encoding: 'two_bits' } } },
  },
  sparse_vectors: { bm25: { index: { on_disk: true, datatype: 'float16' } } },
  hnsw_config: { m: 32, payload_m: 16 },
  optimizers_config: { default_segment_number: 4, indexing_threshold: 20000, max_optimization_threads: 2 },
  wal_config: { wal_capacity_mb: 64 },
  quantization_config: { product: { compression: 'x16', always_ram: false } },
  strict_mode_config: { enabled: true, max_query_limit: 1000, multivector_config: { late: { max_vectors: 512 } } },
  payload_schema: { specialty: 'keyword', year: { type: 'integer', range: true, lookup: false } },
  ordering: 'medium',
}

const planned = (vector: string, dimension: number | null) => ({ vector, model: vector, checksum: vector, dimension })
const PLAN: CollectionPlan = {
  vectors: { dense: planned('dense', 4), bm25: planned('bm25', null), late: planned('late', 2) },
  spec: {},
  idField: null,
  chunking: null,
}

describe('a declaration', () => {
  test('of everything there is reads as it was written', () => {
    expect(parseDeclaration(FULL)).toEqual(FULL)
    expect(parseDeclaration({})).toEqual({})
    const custom = { sharding_method: 'custom', shard_key: 'europe' }
    expect(parseDeclaration(custom)).toEqual(custom)
  })

  test.each<[string, unknown]>([
    ['shardNumber: unknown key; expected one of shard_number', { shardNumber: 3 }],
    ['hnsw_config.M: unknown key', { hnsw_config: { M: 16 } }],
    ['vectors.dense.size: unknown key', { vectors: { dense: { size: 384 } } }],
    [
      'vectors.dense.datatype: expected one of float32, float16, got "uint8"',
      { vectors: { dense: { datatype: 'uint8' } } },
    ],
    ['shard_number: expected an integer from 1, got 0', { shard_number: 0 }],
    ['replication_factor: expected an integer from 1, got "2"', { replication_factor: '2' }],
    ['on_disk_payload: expected true or false, got 1', { on_disk_payload: 1 }],
    ['ordering: expected one of weak, medium, strong', { ordering: 'eventual' }],
    ['quantization_config.scalar.type: expected a value', { quantization_config: { scalar: {} } }],
    [
      'quantization_config: expected one of scalar, product, binary, got 2',
      { quantization_config: { binary: {}, scalar: { type: 'int8' } } },
    ],
    [
      'quantization_config.product.compression: expected one of x4',
      { quantization_config: { product: { compression: 'x5' } } },
    ],
    ['payload_schema.year: expected one of keyword', { payload_schema: { year: 'int' } }],
    ['shard_key: expected together with sharding_method "custom"', { sharding_method: 'custom' }],
    ['shard_key: expected together with sharding_method "custom"', { shard_key: 'a' }],
    ['expected an object, got [1]', [1]],
  ])('is refused: %s', (message, value) => {
    expect(() => parseDeclaration(value, 'plan.json')).toThrow(
      expect.objectContaining({ code: 'INVALID_COLLECTION_CONFIG', message: expect.stringContaining(message) }),
    )
  })

  test('names everything that is wrong at once', () => {
    expect(() => parseDeclaration({ shards: 3, hnsw_config: { m: -1 } }, 'plan.json')).toThrow(
      /^plan\.json: shards: .*; hnsw_config\.m: /,
    )
  })

  test('for a vector that the plan does not make is refused, naming those that it makes', () => {
    expect(() => declareCollection(PLAN, { vectors: { bm25: {} } })).toThrow(/unknown vector bm25.*dense, late/)
    expect(() => declareCollection(PLAN, { sparse_vectors: { dense: {} } })).toThrow(/unknown vector dense.*bm25/)
  })

  test('in a file that is not there, or is no JSON, is refused with the path', async () => {
    await expect(readDeclaration('nowhere.json')).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') })
    await expect(readDeclaration('LICENSE')).rejects.toMatchObject({
      message: expect.stringMatching(/^LICENSE: expected JSON/),
    })
  })

  test('takes precedence over what the pipeline would set, and leaves sizes and distances to the models', () => {
    const { vectors, sparse_vectors: sparse, ...settings } = collectionConfig(declareCollection(PLAN, FULL))
    expect(vectors).toMatchObject({
      dense: { size: 4, distance: 'Cosine', datatype: 'float16', hnsw_config: { m: 24 } },
      late: { size: 2, multivector_config: { comparator: 'max_sim' }, on_disk: false, hnsw_config: { m: 0 } },
    })
    expect(sparse).toEqual({ bm25: { modifier: 'idf', index: { on_disk: true, datatype: 'float16' } } })
    expect(settings).not.toHaveProperty('ordering')
    expect(settings).not.toHaveProperty('payload_schema')
  })
})

test('what is declared for a vector holds for that of its chunks, unless that has its own', () => {
  const ofChunks = (name: string, dimension: number | null) => ({
    ...planned(`${name}-chunk`, dimension),
    documentVector: name,
  })
  const plan = { ...PLAN, vectors: { dense: ofChunks('dense', 4), bm25: ofChunks('bm25', null) } }
  const settings = { vectors: { dense: { on_disk: true, hnsw_config: { m: 24 } }, 'dense-chunk': { on_disk: false } } }
  const config = collectionConfig(
    declareCollection(plan, { ...settings, sparse_vectors: { bm25: { index: { on_disk: true } } } }),
  )
  expect(config.vectors).toEqual({
    'dense-chunk': { size: 4, distance: 'Cosine', on_disk: false, hnsw_config: { m: 24 } },
    dense: { size: 4, distance: 'Cosine', on_disk: true, hnsw_config: { m: 24 } },
  })
  const sparse = { modifier: 'idf', index: { on_disk: true } }
  expect(config.sparse_vectors).toEqual({ bm25: sparse, 'bm25-chunk': sparse })
})

const servers: { close(): Promise<void> }[] = []

describe.each<[string, () => Promise<Store>]>([
  ['memory', async () => new MemoryStore()],
  [
    'a server (test server)',
    async () => {
      const server = await QdrantTestServer.start({ client: LocalClient.memory() })
      servers.push(server)
      return openQdrantStore({ url: server.url })
    },
  ],
])('a declared collection in %s', (_, open) => {
  const declared = declareCollection(PLAN, FULL)
  const point = {
    id: 1,
    vectors: { dense: Float32Array.of(1, 0, 0, 0) },
    payload: { specialty: 'ENT', year: 2020 },
  }

  test('is made with its indexes before the data, and fits a second run', async () => {
    const store = await open()
    expect(await prepareCollection({ store, collection: 'c', plan: declared })).toBe(0)
    const { config, payloadSchema } = (await store.describeCollection('c'))!
    expect(config).toMatchObject({ shard_number: 6, replication_factor: 2, hnsw_config: { m: 32 } })
    expect(Object.keys(payloadSchema).sort()).toEqual(['specialty', 'year'])
    await store.upsert('c', [point])
    expect(await prepareCollection({ store, collection: 'c', plan: declared })).toBe(1)
    await store.close()
  })

  test('that differs is refused field by field, telling what can be changed in place', async () => {
    const store = await open()
    await prepareCollection({ store, collection: 'c', plan: PLAN })
    await store.upsert('c', [point])
    const error = await prepareCollection({ store, collection: 'c', plan: declared }).catch((reason) => reason)
    expect(error.code).toBe('COLLECTION_MISMATCH')
    for (const line of [
      'shard_number: found 1, declared 6 (fixed when a collection is made)',
      'hnsw_config.m: found 16, declared 32 (can be changed in place)',
      'vectors.dense.datatype: found nothing, declared "float16" (fixed when a collection is made)',
      'vectors.dense.on_disk: found nothing, declared true (can be changed in place)',
      'sparse_vectors.bm25.index.datatype: found nothing, declared "float16" (fixed',
      'payload_schema.specialty: found nothing, declared "keyword" (can be changed in place)',
      '--restart to drop this one',
    ])
      expect(error.message).toContain(line)
    const changeable = declareCollection(PLAN, { hnsw_config: { m: 32 } })
    await expect(prepareCollection({ store, collection: 'c', plan: changeable })).rejects.toThrow(
      /Change them in place/,
    )
    await store.close()
  })

  test('of our own that is empty is made anew; a foreign one keeps its settings and gets the indexes', async () => {
    const store = await open()
    await prepareCollection({ store, collection: 'c', plan: PLAN })
    await prepareCollection({ store, collection: 'c', plan: declared })
    expect((await store.describeCollection('c'))!.config.shard_number).toBe(6)

    const { metadata: _metadata, ...foreign } = collectionConfig(PLAN)
    await store.createCollection('foreign', foreign)
    const indexed = declareCollection(PLAN, { payload_schema: { specialty: 'keyword' } })
    expect(await prepareCollection({ store, collection: 'foreign', plan: indexed })).toBe(0)
    expect(Object.keys((await store.describeCollection('foreign'))!.payloadSchema)).toEqual(['specialty'])
    await expect(prepareCollection({ store, collection: 'foreign', plan: declared })).rejects.toThrow(
      /--recreate to drop this one/,
    )
    await store.close()
  })

  test('of somebody else with other vectors is refused field by field', async () => {
    const store = await open()
    await store.createCollection('c', {
      vectors: { dense: { size: 3, distance: 'Dot' }, late: { size: 2, distance: 'Cosine' } },
    })
    const error = await prepareCollection({ store, collection: 'c', plan: PLAN }).catch((reason) => reason)
    for (const line of [
      'vectors.dense.size: found 3, expected 4',
      'vectors.dense.distance: found "Dot", expected "Cosine"',
      'vectors.late.multivector: found nothing, expected "max_sim"',
      'sparse_vectors.bm25.modifier: found nothing, expected "idf"',
    ])
      expect(error.message).toContain(line)
    await store.close()
  })

  test('may be dropped where offgrid made it, and is refused where somebody else did', async () => {
    const store = await open()
    await prepareCollection({ store, collection: 'ours', plan: PLAN })
    const found = async (name: string) => ({ ...(await store.describeCollection(name))!, contents: '0 points' })
    requireOwnCollection(await found('ours'), 'here', 'ours')
    await store.createCollection('theirs', { vectors: { dense: { size: 4, distance: 'Cosine' } } })
    const theirs = await found('theirs')
    expect(() => requireOwnCollection(theirs, 'here', 'theirs')).toThrow(
      expect.objectContaining({ code: 'COLLECTION_NOT_OURS', message: expect.stringContaining('--recreate') }),
    )
    await store.close()
    for (const server of servers.splice(0)) await server.close()
  })

  test('custom sharding is a server matter: the embedded store refuses it', async () => {
    const store = await open()
    const custom = declareCollection(PLAN, parseDeclaration({ sharding_method: 'custom', shard_key: 'europe' }))
    if (store instanceof MemoryStore) {
      await expect(prepareCollection({ store, collection: 'c', plan: custom })).rejects.toMatchObject({
        code: 'NOT_SUPPORTED',
      })
    } else {
      expect(await prepareCollection({ store, collection: 'c', plan: custom })).toBe(0)
    }
    await store.close()
  })
})

test('what made the vectors is in the metadata of a declared collection too', () => {
  expect(collectionConfig(declareCollection(PLAN, FULL)).metadata).toHaveProperty(METADATA_KEY)
})
