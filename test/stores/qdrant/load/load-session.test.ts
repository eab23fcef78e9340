import { afterEach, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'
import { openQdrantStore, type QdrantStore } from '../../../../src/stores/qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from '../../../../src/stores/qdrant/qdrant-store-options.js'
import { type Fault, type FaultPlan, ListedFaults } from '../../../server/faults.js'
import { QdrantTestServer } from '../../../server/qdrant-test-server.js'
import { makePoints, uploadFailure } from '../../../server/upload-setup.js'
import { VirtualClock } from '../../../server/virtual-clock.js'

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const open of closing.splice(0).reverse()) await open.close()
})

/** A server with an empty collection `c` of three graphs: one shared, one of its own, one off for good. */
async function startServer() {
  const clock = new VirtualClock()
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client, now: () => clock.now() })
  closing.push(client, server)
  await client.createCollection('c', {
    vectors: {
      dense: { size: 8, distance: 'Dot' },
      own: { size: 8, distance: 'Dot', hnsw_config: { m: 24 } },
      late: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
    },
    sparse_vectors: { bm25: {} },
    hnsw_config: { m: 32, payload_m: 8 },
    metadata: { offgrid: { precision: 'fp32' } },
  })
  const open = async (options: Omit<QdrantStoreOptions, 'url'> = {}): Promise<QdrantStore> => {
    const store = await openQdrantStore({ url: server.url, clock, upload: { timeoutMs: 2000 }, ...options })
    closing.push(store)
    return store
  }
  /** m of the three vectors, as the server has it now. */
  const graphs = async () => {
    const { config } = await client.getCollection('c')
    const vectors = config.params.vectors as Record<string, { hnsw_config?: { m: number } }>
    return [config.hnsw_config.m, vectors.own!.hnsw_config!.m, vectors.late!.hnsw_config!.m]
  }
  const metadata = async () => {
    const { config } = await client.getCollection('c')
    return Object.fromEntries(Object.entries(config.metadata ?? {}).filter(([, value]) => value !== null))
  }
  return { clock, client, server, open, graphs, metadata }
}

/** The n-th upsert is acknowledged and vanishes. */
function vanishing(n: number): FaultPlan['next'] {
  let puts = 0
  return ({ method }) => (method === 'PUT' && ++puts === n ? { kind: 'vanish' } : null)
}

const ON = [32, 24, 0]
const OFF = [0, 0, 0]
const OUTSIDE = { offgrid: { precision: 'fp32' } }
const AN_HOUR_MS = 3_600_000

test('a record of a load that somebody else wrote puts back graphs and changes nothing else', async () => {
  const { client, open, graphs } = await startServer()
  const restore = {
    hnsw_config: { m: 16, payload_m: -1, full_scan_threshold: 10, ef_construct: 'x' },
    vectors: { own: { hnsw_config: { m: 8 }, on_disk: true, size: 1 }, dense: null, late: 'x' },
    optimizers_config: { indexing_threshold: 0 },
    params: { replication_factor: 9 },
  }
  await client.updateCollection('c', { metadata: { 'offgrid.load': restore } } as never)
  const before = await client.getCollection('c')
  await (await open()).endLoad('c')
  expect(await graphs()).toEqual([16, 8, 0])
  const after = await client.getCollection('c')
  expect(after.config.optimizer_config).toEqual(before.config.optimizer_config)
  expect(after.config.hnsw_config).toEqual({ ...before.config.hnsw_config, m: 16 })
})

describe('a load of an empty collection', () => {
  test('has no graphs, and gives every one back as it was', async () => {
    const { open, graphs, metadata, client } = await startServer()
    const store = await open()
    await store.beginLoad('c')
    expect(await graphs()).toEqual(OFF)
    expect((await client.getCollection('c')).config.hnsw_config.payload_m).toBe(0)
    await store.upsert('c', makePoints(20))
    await store.endLoad('c')
    expect(await graphs()).toEqual(ON)
    expect((await client.getCollection('c')).config.hnsw_config.payload_m).toBe(8)
    expect(await metadata()).toEqual(OUTSIDE)
  })

  test('writes down what to put back before it changes anything', async () => {
    const { open, graphs, metadata, server } = await startServer()
    const store = await open({ attempts: 1 })
    const broken: Fault = { kind: 'status', status: 400 }
    let patches = 0
    server.faults = { next: ({ method }) => (method === 'PATCH' && ++patches === 2 ? broken : null) }
    await store.beginLoad('c').catch(() => {})
    server.faults = new ListedFaults([])
    expect(await graphs()).toEqual(ON)
    expect(await metadata()).toMatchObject({ 'offgrid.load': { hnsw_config: { m: 32, payload_m: 8 } } })
  })

  test('is described as the collection will be after it', async () => {
    const { open } = await startServer()
    const store = await open()
    await store.beginLoad('c')
    const { config, vectors } = (await store.describeCollection('c'))!
    expect(config.hnsw_config).toMatchObject({ m: 32, payload_m: 8 })
    expect(vectors.own).toMatchObject({ hnsw_config: { m: 24 } })
  })

  test('is described without what the loads wrote down, while they run and after they end', async () => {
    const { open } = await startServer()
    const stores = [await open({ loader: '1/2' }), await open({ loader: '2/2' })]
    for (const store of stores) await store.beginLoad('c')
    expect((await stores[0]!.describeCollection('c'))!.metadata).toEqual(OUTSIDE)
    for (const store of stores) await store.endLoad('c')
    expect((await stores[0]!.describeCollection('c'))!.metadata).toEqual(OUTSIDE)
  })

  test.each(['off', 'auto', 'on'] as const)('with bulk %s', async (bulk) => {
    const { open, graphs } = await startServer()
    const filled = await open()
    await filled.upsert('c', makePoints(5))
    const store = await open({ bulk })
    await store.beginLoad('c')
    // a collection that holds points keeps its graphs unless told otherwise
    expect(await graphs()).toEqual(bulk === 'on' ? OFF : ON)
    await store.endLoad('c')
    expect(await graphs()).toEqual(ON)
  })

  test('by a key that may not change settings goes on with the graphs, unless bulk was asked for', async () => {
    const { open, graphs, server } = await startServer()
    const forbidden: Fault = { kind: 'status', status: 403 }
    server.faults = { next: ({ method }) => (method === 'PATCH' ? forbidden : null) }
    await (await open()).beginLoad('c')
    expect(await graphs()).toEqual(ON)
    await expect((await open({ bulk: 'on' })).beginLoad('c')).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' })
  })
})

describe('a load that was killed', () => {
  test('is ended by the same run that finds nothing to do, at once', async () => {
    const { open, graphs, metadata } = await startServer()
    const killed = await open({ loader: '1/2' })
    await killed.beginLoad('c')
    await killed.upsert('c', makePoints(5))
    const again = await open({ loader: '1/2', bulk: 'off' })
    await again.endLoad('c')
    expect(await graphs()).toEqual(ON)
    expect(await metadata()).toEqual(OUTSIDE)
  })

  test('is continued by the same run without graphs, whatever the collection holds', async () => {
    const { open, graphs } = await startServer()
    const killed = await open()
    await killed.beginLoad('c')
    await killed.upsert('c', makePoints(5))
    const again = await open()
    await again.beginLoad('c')
    expect(await graphs()).toEqual(OFF)
    await again.endLoad('c')
    expect(await graphs()).toEqual(ON)
  })

  test('is ended by any run, once its lease is over', async () => {
    const { open, graphs, metadata, clock } = await startServer()
    await (await open({ loader: '1/2' })).beginLoad('c')
    const other = await open({ loader: '2/2' })
    await other.endLoad('c')
    expect(await graphs()).toEqual(OFF)
    expect(await other.readLoaders('c')).toEqual(['1/2'])
    await clock.sleep(AN_HOUR_MS)
    await other.endLoad('c')
    expect(await graphs()).toEqual(ON)
    expect(await metadata()).toEqual(OUTSIDE)
  })
})

describe('several loads at once', () => {
  test('keep the graphs off until the last of them ends', async () => {
    const { open, graphs, metadata } = await startServer()
    const stores = await Promise.all(['1/3', '2/3', '3/3'].map((loader) => open({ loader })))
    await Promise.all(stores.map((store) => store.beginLoad('c')))
    for (const store of stores) {
      expect(await graphs()).toEqual(OFF)
      await store.upsert('c', makePoints(5))
      await store.endLoad('c')
    }
    expect(await graphs()).toEqual(ON)
    expect(await metadata()).toEqual(OUTSIDE)
  })

  test('a lease is renewed by upserts', async () => {
    const { open, graphs, clock } = await startServer()
    const slow = await open({ loader: '1/2' })
    await slow.beginLoad('c')
    for (let minutes = 0; minutes < 60; minutes += 10) {
      await clock.sleep(600_000)
      await slow.upsert('c', makePoints(2))
    }
    await (await open({ loader: '2/2' })).endLoad('c')
    expect(await graphs()).toEqual(OFF)
    await slow.endLoad('c')
    expect(await graphs()).toEqual(ON)
  })

  test('in any order of their requests end with the graphs as they were', async () => {
    for (let seed = 1; seed <= (process.env.OFFGRID_SOAK ? 100 : 6); seed++) {
      const { open, graphs, metadata, clock } = await startServer()
      const random = new VirtualClock(seed)
      const killed = new Set<QdrantStore>()
      await Promise.all(
        ['1/4', '2/4', '3/4', '4/4'].map(async (loader) => {
          const store = await open({ loader, clock })
          for (let pause = random.random() * 4; pause > 1; pause--) await store.count('c')
          await store.beginLoad('c')
          if (random.random() < 0.3) return killed.add(store)
          for (let pause = random.random() * 4; pause > 1; pause--) await store.count('c')
          return store.endLoad('c')
        }),
      )
      await clock.sleep(AN_HOUR_MS)
      await (await open({ loader: 'any' })).endLoad('c')
      expect(await graphs(), `seed ${seed}, ${killed.size} killed`).toEqual(ON)
      expect(await metadata()).toEqual(OUTSIDE)
    }
  })
})

describe('an upsert of a load', () => {
  test('does not wait for the server to apply it, and resolves when it is applied', async () => {
    const { open, server } = await startServer()
    const store = await open()
    await store.beginLoad('c')
    const points = makePoints(300)
    await store.upsert('c', points)
    const puts = server.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/points'))
    expect(puts.length).toBeGreaterThan(1)
    expect(puts.every(({ query }) => query === 'wait=false')).toBe(true)
    expect(await store.count('c')).toBe(300)
  })

  test('counts what it sent again, whether it succeeds or fails', async () => {
    const { open, server } = await startServer()
    const store = await open({ upload: { timeoutMs: 2000, attempts: 3 } })
    await store.beginLoad('c')
    const refused: Fault = { kind: 'status', status: 500 }
    let puts = 0
    server.faults = { next: ({ method }) => (method === 'PUT' && ++puts === 1 ? refused : null) }
    await store.upsert('c', makePoints(20))
    expect(store.retries).toBe(1)
    server.faults = { next: ({ method }) => (method === 'PUT' ? refused : null) }
    await uploadFailure(store.upsert('c', makePoints(20)))
    expect(store.retries).toBe(3)
    // outside of a load
    await uploadFailure(store.uploadPoints('c', makePoints(20)))
    expect(store.retries).toBe(5)
  })

  test('that was acknowledged and vanished is sent again', async () => {
    const { open, server } = await startServer()
    const store = await open({ upload: { timeoutMs: 2000, checkTimeoutMs: 1000 } })
    await store.beginLoad('c')
    server.faults = { next: vanishing(1) }
    const points = makePoints(40)
    await store.upsert('c', points)
    expect(await store.count('c')).toBe(40)
  })

  test('that replaces points and vanished in one of its requests is sent again', async () => {
    for (let n = 1; n <= 5; n++) {
      const { open, server } = await startServer()
      const store = await open({ upload: { batchPoints: 8, timeoutMs: 2000, checkTimeoutMs: 1000 } })
      const points = makePoints(40)
      await store.upsert('c', points)
      await store.beginLoad('c')
      server.faults = { next: vanishing(n) }
      const changed = points.map((point, i) => ({ ...point, payload: { changed: i } }))
      await store.upsert('c', changed)
      const stored = await store.retrieve(
        'c',
        points.map(({ id }) => id),
      )
      expect(stored.map(({ payload }) => payload)).toEqual(changed.map(({ payload }) => payload))
    }
  })

  test('learns the largest request that the server takes once for the whole load', async () => {
    const { open, server } = await startServer()
    const store = await open({ upload: { batchPoints: 64, timeoutMs: 2000 } })
    await store.beginLoad('c')
    server.bucketPoints = 16
    for (let i = 0; i < 3; i++) await store.upsert('c', makePoints(64, i + 1))
    const refusals = server.requests.filter(({ points }) => points > 16)
    expect(refusals.length).toBeLessThanOrEqual(4)
    expect(await store.count('c')).toBe(64)
  })

  test('whose point is gone at the end fails the load and names the point; a deleted one is not missed', async () => {
    const { open, client, graphs } = await startServer()
    const store = await open()
    await store.beginLoad('c')
    const points = makePoints(30)
    await store.upsert('c', points)
    await store.delete('c', [points[3]!.id])
    await client.delete('c', { points: [points[7]!.id] })
    const error = await uploadFailure(store.endLoad('c'))
    expect(error.failed.map(({ id }) => id)).toEqual([points[7]!.id])
    expect(await graphs()).toEqual(ON)
  })
})

describe('a collection with shard keys', () => {
  test('is written under the key and the ordering that the store was opened with', async () => {
    const { open, server } = await startServer()
    const store = await open({ shardKey: 'europe', ordering: 'strong' })
    await store.createCollection('keyed', {
      vectors: { dense: { size: 8, distance: 'Dot' } },
      sharding_method: 'custom',
    })
    await store.beginLoad('keyed')
    const points = makePoints(10).map(({ id, vectors, payload }) => ({
      id,
      payload,
      vectors: { dense: vectors.dense! },
    }))
    await store.upsert('keyed', points)
    await store.endLoad('keyed')
    expect(await store.count('keyed')).toBe(10)
    const put = server.requests.find(({ method, path }) => method === 'PUT' && path.endsWith('keyed/points'))
    expect(put?.query).toBe('wait=false&ordering=strong')
    // the key is there already
    const again = await open({ shardKey: 'europe' })
    await again.beginLoad('keyed')
    await again.endLoad('keyed')
  })
})

describe('waiting for green', () => {
  test('goes on while the server optimizes, and fails where its optimizer did', async () => {
    const { open, server, clock } = await startServer()
    const store = await open()
    const states = ['yellow', 'grey', 'green', 'yellow', 'green', 'green']
    server.status = () => states.shift() ?? 'green'
    clock.slept.length = 0
    await store.waitUntilGreen('c')
    expect(states).toEqual([])
    server.status = () => 'red'
    await expect(store.waitUntilGreen('c')).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})
