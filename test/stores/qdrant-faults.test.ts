import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { openQdrantStore } from '../../src/stores/qdrant/qdrant-store.js'
import type { UploadOptions } from '../../src/stores/qdrant/upload.js'
import { type FailedPoint, UploadError } from '../../src/stores/qdrant/upload-error.js'
import type { Point } from '../../src/stores/store.js'
import { SeededFaults, seededRandom } from '../server/faults.js'
import { QdrantTestServer } from '../server/qdrant-test-server.js'
import { VirtualClock } from '../server/virtual-clock.js'

const SCHEDULES = process.env.OFFGRID_SOAK ? 200 : 20
const KEY = 'schedule-key-4711'
const MAX_REQUEST_BYTES = 60_000

/** Long enough that a busy machine answers in time, short enough for a few stalls in each schedule. */
const TIMEOUT_MS = 400

/** Points of a schedule: ids may come twice (the later is the one to be kept), some can never be stored, some are large. */
function schedulePoints(seed: number): { points: Point[]; bad: Set<Point['id']> } {
  const random = seededRandom(seed * 7919)
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

async function runSchedule(seed: number): Promise<void> {
  const random = seededRandom(seed * 31)
  const clock = new VirtualClock(seed)
  const client = LocalClient.memory()
  const bucketPoints = seed % 4 === 0 ? 12 : Number.POSITIVE_INFINITY
  const server = await QdrantTestServer.start({
    client,
    apiKey: KEY,
    maxRequestBytes: MAX_REQUEST_BYTES,
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
    ;({ failed } = await store.upload('c', source(), options))
  } catch (error) {
    expect(error).toBeInstanceOf(UploadError)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
    failed = (error as UploadError).failed
    isComplete = false
  }
  expect(inspect(failed)).not.toContain(KEY)
  const requests = server.requests.filter((request) => request.method === 'PUT')
  expect(Math.max(...requests.map((request) => request.bytes))).toBeLessThanOrEqual(MAX_REQUEST_BYTES)

  server.faults = null
  const ids = [...new Set(points.map((point) => point.id))]
  const stored = new Map((await store.retrieve('c', ids, { vectors: true })).map((point) => [point.id, point]))
  const named = new Map(failed.map((point) => [point.id, point]))
  const latestById = new Map(points.slice(0, read).map((point) => [point.id, point]))
  for (const [id, latest] of latestById) {
    if (named.has(id)) continue
    const { dense, late } = latest.vectors as unknown as {
      dense: Float32Array
      late: { rows: number; values: Float32Array }
    }
    const rows = Array.from({ length: late.rows }, (_, row) => [...late.values.subarray(row * 8, row * 8 + 8)])
    expect(stored.get(id), `point ${id} is neither stored nor named`).toEqual({
      id,
      payload: latest.payload,
      vectors: { dense: [...dense], late: rows },
    })
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

describe('under a schedule of faults', () => {
  test.each(Array.from({ length: SCHEDULES }, (_, i) => i + 1))(
    'number %i every point is stored once and exactly, or named',
    { timeout: 120_000 },
    async (seed) => {
      await runSchedule(seed)
    },
  )
})
