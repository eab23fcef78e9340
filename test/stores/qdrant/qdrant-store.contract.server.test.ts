import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { CollectionConfig, Point } from '../../../src/stores/store.js'
import { dropByPrefix, livePrefix, openLiveStore } from '../../server/live-server.js'
import { ScopedStore } from '../../server/scoped-store.js'
import { makePoints } from '../../server/upload-setup.js'
import { storeContract } from '../store.contract.js'

storeContract('qdrant (QDRANT_URL)', async () => {
  const store = new ScopedStore(await openLiveStore(), livePrefix())
  return { store, close: () => store.close() }
})

/** Dot product, so that vectors come back as they were sent. */
const CONFIG: CollectionConfig = {
  vectors: {
    dense: { size: 8, distance: 'Dot' },
    late: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
  },
  sparse_vectors: { bm25: {} },
  hnsw_config: { m: 24 },
}

const prefix = livePrefix()
const name = `${prefix}upload`
const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const open of closing.splice(0)) await open.close()
  await dropByPrefix(prefix)
})
afterAll(() => dropByPrefix(prefix))

async function open(options: Parameters<typeof openLiveStore>[0] = {}) {
  const store = await openLiveStore(options)
  closing.push(store)
  return store
}

/** Servers write float32 with as many digits as they like. */
const rounded = (values: readonly number[]) => values.map(Math.fround)

async function expectStored(store: Awaited<ReturnType<typeof open>>, points: readonly Point[]): Promise<void> {
  const ids = points.map(({ id }) => id)
  const records = await store.retrieve(name, ids, { vectors: true })
  expect(records.map(({ id, payload }) => ({ id, payload }))).toEqual(
    points.map(({ id, payload }) => ({ id, payload })),
  )
  for (const [i, { vectors }] of records.entries()) {
    const { dense, late, bm25 } = points[i]!.vectors as unknown as {
      dense: Float32Array
      late: { values: Float32Array }
      bm25: { indices: Uint32Array; values: Float64Array }
    }
    const stored = vectors as unknown as {
      dense: number[]
      late: number[][]
      bm25: { indices: number[]; values: number[] }
    }
    expect(rounded(stored.dense)).toEqual([...dense])
    expect(rounded(stored.late.flat())).toEqual([...late.values])
    expect(stored.late.map(({ length }) => length)).toEqual([4, 4])
    expect(stored.bm25.indices).toEqual([...bm25.indices])
    expect(rounded(stored.bm25.values)).toEqual(rounded([...bm25.values]))
  }
  expect(await store.count(name)).toBe(points.length)
}

describe('the uploader', () => {
  test.each([true, false])('with wait %s stores every point as it was sent', async (wait) => {
    const store = await open()
    await store.createCollection(name, CONFIG)
    const points = makePoints(600)
    const summary = await store.uploadPoints(name, points, { wait, batchPoints: 64 })
    expect(summary).toMatchObject({ stored: 600, failed: [] })
    await expectStored(store, points)
  })

  test('finds the one point that the server refuses, and stores the others', async () => {
    const store = await open()
    await store.createCollection(name, CONFIG)
    const points = makePoints(60)
    points[41] = { ...points[41]!, vectors: { dense: new Float32Array(3) } }
    const { failed, stored } = await store.uploadPoints(name, points, { batchPoints: 30 })
    expect({ ids: failed.map(({ id }) => id), stored }).toEqual({ ids: [points[41]!.id], stored: 59 })
  })

  test('splits what the server calls too large', { timeout: 300_000 }, async () => {
    const store = await open()
    await store.createCollection(name, CONFIG)
    const document = 'x'.repeat(1_000_000)
    const points = makePoints(50).map((point) => ({ ...point, payload: { document } }))
    const summary = await store.uploadPoints(name, points, { batchBytes: 100_000_000 })
    expect(summary).toMatchObject({ stored: 50, failed: [] })
  })
})

describe('a load', () => {
  test('turns the graphs off, gives them back, and is described as outside of it', async () => {
    const store = await open({ loader: '1/2' })
    await store.createCollection(name, CONFIG)
    await store.createPayloadIndex(name, 'i', 'integer')
    await store.beginLoad(name)
    const points = makePoints(300)
    await store.upsert(name, points)
    expect((await store.describeCollection(name))!.config.hnsw_config).toMatchObject({ m: 24 })
    expect(await store.readLoaders(name)).toEqual(['1/2'])
    await store.endLoad(name)
    await store.waitUntilGreen(name)
    await expectStored(store, points)
    const after = (await store.describeCollection(name))!
    expect(after.config.hnsw_config).toMatchObject({ m: 24 })
    expect(Object.entries(after.metadata).filter(([, value]) => value !== null)).toEqual([])
    expect(Object.keys(after.payloadSchema)).toEqual(['i'])
  })

  test('that was killed is ended by the next run of the same loader', async () => {
    const killed = await open({ loader: '1/2' })
    await killed.createCollection(name, CONFIG)
    await killed.beginLoad(name)
    await killed.upsert(name, makePoints(5))
    const again = await open({ loader: '1/2' })
    await again.endLoad(name)
    expect((await again.describeCollection(name))!.config.hnsw_config).toMatchObject({ m: 24 })
    expect(await again.readLoaders(name)).toEqual([])
  })
})
