import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { UpsertWindow } from '../../../src/pipeline/runs/upsert-window.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import type { FailedPoint } from '../../../src/stores/partial-upsert-error.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import { UploadError } from '../../../src/stores/qdrant/upload/upload-error.js'
import type { UploadOptions } from '../../../src/stores/qdrant/upload/upload-options.js'
import type { Point } from '../../../src/stores/store.js'
import { SeededFaults } from '../../server/faults.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { VirtualClock } from '../../server/virtual-clock.js'

const SCHEDULES = process.env.OFFGRID_SOAK ? 200 : 20
const KEY = 'schedule-key-4711'
const MAX_REQUEST_BYTES = 60_000
/** What a server takes that was not told of in some schedules: larger than any point. */
const NARROW_REQUEST_BYTES = 20_000

/** Long enough that a busy machine answers in time, short enough for a few stalls in each schedule. */
const TIMEOUT_MS = 400

/** Points of a schedule: ids may come twice (the later is the one to be kept), some can never be stored, some are large. */
function schedulePoints(seed: number): { points: Point[]; bad: Set<Point['id']> } {
  const random = randomNumbers(seed * 7919)
  const bad = new Set<Point['id']>()
  const points = Array.from({ length: 150 }, (_, i): Point => {
    const isAgain = i > 20 && random() < 0.1
    const id = isAgain ? Math.floor(random() * 1000) + 10_000 : 10_000 + i
    const isBad = random() < 0.02 && !isAgain
    if (isBad) bad.add(id)
    const rows = random() < 0.1 ? 60 : 2
    return {
      id,
      vectors: {
        dense: Float32Array.from({ length: isBad ? 3 : 16 }, () => random() - 0.5),
        late: { rows, dimension: 8, values: Float32Array.from({ length: rows * 8 }, (_, j) => (j < 8 ? j : random())) },
      },
      payload: { version: i, document: 'x'.repeat(random() * 500) },
    }
  })
  return { points, bad }
}

/** The point as it comes back. */
function asStored({ id, vectors, payload }: Point): object {
  const { dense, late } = vectors as unknown as { dense: Float32Array; late: { rows: number; values: Float32Array } }
  const rows = Array.from({ length: late.rows }, (_, row) => [...late.values.subarray(row * 8, row * 8 + 8)])
  return { id, payload, vectors: { dense: [...dense], late: rows } }
}

async function runSchedule(seed: number): Promise<void> {
  const random = randomNumbers(seed * 31)
  const clock = new VirtualClock(seed)
  const client = LocalClient.memory()
  const bucketPoints = seed % 4 === 0 ? 12 : Number.POSITIVE_INFINITY
  const isNarrow = seed % 7 === 0
  const server = await QdrantTestServer.start({
    client,
    apiKey: KEY,
    maxRequestBytes: isNarrow ? NARROW_REQUEST_BYTES : MAX_REQUEST_BYTES,
    tooLargeStatus: seed % 2 === 0 ? 400 : 413,
    bucketPoints,
    now: () => clock.now(),
  })
  const store = await openQdrantStore({ url: server.url, apiKey: KEY, clock })
  await store.createCollection('c', {
    vectors: {
      dense: { size: 16, distance: 'Dot' },
      late: { size: 8, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
    },
  })
  const { points, bad } = schedulePoints(seed)
  const share = 0.05 + random() * 0.45
  server.faults = new SeededFaults(seed, share)
  const options: UploadOptions = {
    batchPoints: 4 + Math.floor(random() * 40),
    batchBytes: MAX_REQUEST_BYTES,
    concurrency: 1 + Math.floor(random() * 4),
    timeoutMs: TIMEOUT_MS,
    // A few tries in some schedules, so that giving up is seen too.
    attempts: seed % 5 === 0 ? 2 : 12,
    wait: seed % 3 !== 0,
  }
  let failed: readonly FailedPoint[]
  let isComplete = true
  let read = 0
  const source = function* () {
    for (const point of points) {
      read++
      yield point
    }
  }
  try {
    ;({ failed } = await store.uploadPoints('c', source(), options))
  } catch (error) {
    expect(error).toBeInstanceOf(UploadError)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
    failed = (error as UploadError).failed
    isComplete = false
  }
  expect(inspect(failed)).not.toContain(KEY)
  const requests = server.requests.filter((request) => request.method === 'PUT')
  if (!isNarrow) expect(Math.max(...requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(MAX_REQUEST_BYTES)

  server.faults = null
  const ids = [...new Set(points.map((point) => point.id))]
  const stored = new Map((await store.retrieve('c', ids, { vectors: true })).map((point) => [point.id, point]))
  const named = new Map(failed.map((point) => [point.id, point]))
  const latestById = new Map(points.slice(0, read).map((point) => [point.id, point]))
  for (const [id, latest] of latestById) {
    if (!named.has(id)) expect(stored.get(id), `point ${id} is neither stored nor named`).toEqual(asStored(latest))
  }
  if (isComplete) {
    // Refused is what can never be stored, and nothing else.
    expect(new Set(named.keys())).toEqual(bad)
    expect(failed.every(({ kind }) => kind === 'refused')).toBe(true)
    const storable = points.filter((point) => (point.vectors.dense as Float32Array).length === 16)
    expect(await store.count('c')).toBe(new Set(storable.map((point) => point.id)).size)
  }
  await store.close()
  await server.close()
  await client.close()
}

/**
 * A load as ingest makes it, several upserts in flight, that is given up or killed in some schedules and begun again without faults.
 * Every point is there in the end, and so are the graphs.
 */
async function runLoad(seed: number): Promise<void> {
  const random = randomNumbers(seed * 13)
  const clock = new VirtualClock(seed)
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({
    client,
    maxRequestBytes: seed % 7 === 0 ? NARROW_REQUEST_BYTES : MAX_REQUEST_BYTES,
    now: () => clock.now(),
  })
  const open = () =>
    openQdrantStore({
      url: server.url,
      clock,
      timeoutMs: TIMEOUT_MS,
      attempts: 8,
      upload: {
        batchBytes: MAX_REQUEST_BYTES,
        batchPoints: 16,
        timeoutMs: TIMEOUT_MS,
        attempts: seed % 5 === 0 ? 2 : 12,
      },
    })
  let store = await open()
  await store.createCollection('c', {
    vectors: {
      dense: { size: 16, distance: 'Dot' },
      late: { size: 8, distance: 'Dot', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
    },
    hnsw_config: { m: 32 },
  })
  const { points, bad } = schedulePoints(seed)
  const good = points.filter(({ id }) => !bad.has(id))
  const load = async () => {
    await store.beginLoad('c')
    const window = new UpsertWindow(store.upsertStreams)
    try {
      for (let begin = 0; begin < good.length; begin += 30) {
        const batch = good.slice(begin, begin + 30)
        await window.add(
          batch.map(({ id }) => id),
          () => store.upsert('c', batch),
        )
      }
      await window.settle()
    } finally {
      await window.idle()
    }
    if (seed % 4 === 0) throw new Error('killed')
    await store.endLoad('c')
  }
  const faults = new SeededFaults(seed, 0.05 + random() * 0.3)
  // one request vanishes from the server's log, too
  const vanishing = seed % 3 === 0 ? 1 + (seed % 4) : 0
  let puts = 0
  server.faults = {
    next: ({ method }) => (method === 'PUT' && ++puts === vanishing ? { kind: 'vanish' } : faults.next()),
  }
  const isDone = await load().then(
    () => true,
    () => false,
  )
  server.faults = null
  if (!isDone) {
    await store.close()
    store = await open()
    await store.beginLoad('c')
    await store.upsert('c', good)
    await store.endLoad('c')
  }
  const latestById = new Map(good.map((point) => [point.id, point]))
  const stored = await store.retrieve('c', [...latestById.keys()], { vectors: true })
  expect(stored).toEqual([...latestById.values()].map(asStored))
  const { config } = await client.getCollection('c')
  expect(config.hnsw_config.m).toBe(32)
  expect(Object.values(config.metadata ?? {}).filter((value) => value !== null)).toEqual([])
  await store.close()
  await server.close()
  await client.close()
}

describe('under a schedule of faults', () => {
  test.each(Array.from({ length: SCHEDULES / 2 }, (_, i) => i + 1))(
    'number %i a load ends with every point and every graph, at once or when it is begun again',
    { timeout: 120_000 },
    async (seed) => {
      await runLoad(seed)
    },
  )

  test.each(Array.from({ length: SCHEDULES }, (_, i) => i + 1))(
    'number %i every point is stored once and exactly, or named',
    { timeout: 120_000 },
    async (seed) => {
      await runSchedule(seed)
    },
  )
})
