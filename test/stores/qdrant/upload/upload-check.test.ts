import { afterEach, describe, expect, test } from 'vitest'
import type { StoreError } from '../../../../src/errors.js'
import { openQdrantStore } from '../../../../src/stores/qdrant/qdrant-store.js'
import { type Fault, ListedFaults } from '../../../server/faults.js'
import {
  closeUploads,
  expectStored,
  makePoints,
  startUpload,
  uploadFailure,
  upserts,
} from '../../../server/upload-setup.js'

afterEach(closeUploads)

describe('an upload that is given up', () => {
  test('names every point that was read and is not stored', async () => {
    const failing: Fault = { kind: 'status', status: 503 }
    const { store, server } = await startUpload()
    server.faults = new ListedFaults([null, null, ...Array(100).fill(failing)])
    const points = makePoints(100)
    const error = await uploadFailure(
      store.uploadPoints('c', points.values(), { batchPoints: 10, concurrency: 1, attempts: 3 }),
    )
    expect(error.code).toBe('UPLOAD_INCOMPLETE')
    expect(error.stored).toBe(20)
    expect(error.failed.map(({ id }) => id)).toEqual(points.slice(20, 20 + error.failed.length).map(({ id }) => id))
    expect(error.failed.every(({ kind }) => kind === 'unsent')).toBe(true)
    expect(upserts(server).length).toBe(2 + 3)
    server.faults = null
    expect(await store.count('c')).toBe(20)
  })

  test('by a server that is gone for ten minutes is not given up before', async () => {
    for (const [minutes, isStored] of [
      [9, true],
      [11, false],
    ] as const) {
      const { store, server, clock } = await startUpload()
      const back = clock.now() + minutes * 60_000
      server.faults = { next: () => (clock.now() < back ? { kind: 'status', status: 503 } : null) }
      const upload = store.uploadPoints('c', makePoints(64), { batchPoints: 16, concurrency: 1 })
      if (isStored) expect(await upload).toMatchObject({ stored: 64, failed: [] })
      else expect((await uploadFailure(upload)).stored).toBe(0)
    }
  })

  test('for a server that is gone is given up after the tries of one request, unsplit', async () => {
    const { store, server, clock } = await startUpload()
    await server.close()
    clock.slept.length = 0
    const error = await uploadFailure(store.uploadPoints('c', makePoints(32), { attempts: 5, concurrency: 1 }))
    expect((error.cause as StoreError).code).toBe('STORE_UNREACHABLE')
    expect(error.failed.length).toBe(32)
    expect(clock.slept.length).toBe(5 - 1)
  })

  test('by its deadline ends in time, although the server asks for more', async () => {
    const busy: Fault = { kind: 'status', status: 429, retryAfter: 'seconds' }
    const { store, server, clock } = await startUpload()
    server.faults = { next: () => busy }
    const before = clock.now()
    const error = await uploadFailure(store.uploadPoints('c', makePoints(10), { deadlineMs: 9000 }))
    expect(error.failed.length).toBe(10)
    expect(clock.now() - before).toBeLessThanOrEqual(9000)
    expect(upserts(server).length).toBeGreaterThan(2)
  })

  test('by its signal ends at once and names what is not stored', async () => {
    const { store, server } = await startUpload()
    const controller = new AbortController()
    server.faults = {
      next: () => {
        if (upserts(server).length < 3) return null
        controller.abort()
        return { kind: 'stall', isApplied: false }
      },
    }
    const error = await uploadFailure(
      store.uploadPoints('c', makePoints(100), { batchPoints: 10, concurrency: 1, signal: controller.signal }),
    )
    expect(error.code).toBe('UPLOAD_CANCELLED')
    expect(error.stored + error.failed.length).toBeLessThanOrEqual(100)
    server.faults = null
    expect(await store.count('c')).toBe(error.stored)
  })

  test('for a collection that does not exist is given up at the first answer', async () => {
    const { store, server } = await startUpload()
    const error = await uploadFailure(
      store.uploadPoints('missing', makePoints(50), { batchPoints: 10, concurrency: 1 }),
    )
    expect((error.cause as StoreError).code).toBe('COLLECTION_MISSING')
    expect(upserts(server).length).toBe(1)
    await expect(store.upsert('missing', makePoints(1))).rejects.toMatchObject({ code: 'COLLECTION_MISSING' })
  })

  test('in an upsert names the points that were not even read', async () => {
    const { store, server } = await startUpload()
    const failing: Fault = { kind: 'status', status: 500 }
    server.faults = new ListedFaults([null, ...Array(999).fill(failing)])
    const points = makePoints(2000)
    const error = await uploadFailure(store.upsert('c', points))
    expect(new Set(error.failed.map(({ id }) => id))).toEqual(new Set(points.map(({ id }) => id)))
    expect(error.failed.length).toBe(2000)
  })
})

describe('an upload that does not wait', () => {
  test('ends when every point is there', async () => {
    const { store } = await startUpload()
    const points = makePoints(300)
    let stored = 0
    const onStored = (ids: readonly unknown[]) => {
      stored += ids.length
    }
    const summary = await store.uploadPoints('c', points, { wait: false, batchPoints: 32, onStored })
    expect(summary).toMatchObject({ stored: 300, failed: [] })
    expect(stored).toBe(300)
    await expectStored(store, points)
  })

  test('names the points that the server acknowledged and then dropped', async () => {
    const { store } = await startUpload()
    const points = makePoints(40)
    // The collection has no such vector: noticed only when the log is applied, and then for the whole request.
    points[35] = { ...points[35]!, vectors: { unknown: Float32Array.of(1) } }
    const error = await uploadFailure(store.uploadPoints('c', points, { wait: false, batchPoints: 10 }))
    expect(error.failed.map(({ id }) => id)).toEqual(points.slice(30).map(({ id }) => id))
    expect(error.stored).toBe(30)
    await expectStored(store, points.slice(0, 30))
  })

  test('that should have replaced some points and brought others names them all when it vanished', async () => {
    const { store, server } = await startUpload()
    const points = makePoints(10)
    await store.upsert('c', points.slice(0, 5))
    server.faults = { next: ({ method }) => (method === 'PUT' ? { kind: 'vanish' } : null) }
    // the point that stands for the request is an old one in one of them, and a new one in the other
    for (const list of [points, points.toReversed()]) {
      const changed = list.map((point) => ({ ...point, payload: { changed: true } }))
      const error = await uploadFailure(store.uploadPoints('c', changed, { wait: false }))
      expect(new Set(error.failed.map(({ id }) => id))).toEqual(new Set(points.map(({ id }) => id)))
    }
  })

  test('looks at what was acknowledged while it goes on, so that little has to be remembered', async () => {
    const { store, server } = await startUpload()
    const points = makePoints(400)
    expect(await store.uploadPoints('c', points, { wait: false, batchPoints: 4 })).toMatchObject({ stored: 400 })
    const isPut = server.requests.map(({ method }) => method === 'PUT')
    const firstLook = isPut.indexOf(false)
    expect(firstLook).toBeGreaterThan(60)
    expect(firstLook).toBeLessThan(72)
    await expectStored(store, points)
  })

  test('and is given up names what was acknowledged and not seen', async () => {
    const { store, server } = await startUpload()
    const failing: Fault = { kind: 'status', status: 503 }
    server.faults = new ListedFaults([null, null, ...Array(100).fill(failing)])
    const points = makePoints(40)
    const upload = store.uploadPoints('c', points, { wait: false, batchPoints: 10, concurrency: 1, attempts: 2 })
    const error = await uploadFailure(upload)
    expect(error.stored).toBe(0)
    expect(new Set(error.failed.map(({ id }) => id))).toEqual(
      new Set(points.slice(0, error.failed.length).map(({ id }) => id)),
    )
    expect(error.failed.length).toBeGreaterThanOrEqual(30)
  })

  test('waits for a server that is slow to apply as long as more points appear', async () => {
    const { store, server, clock } = await startUpload()
    const points = makePoints(50)
    const other = await openQdrantStore({ url: server.url })
    server.faults = new ListedFaults([{ kind: 'vanish' }])
    let applied = 0
    const sleep = clock.sleep.bind(clock)
    clock.sleep = async (ms, signal) => {
      await sleep(ms, signal)
      await other.upsert('c', points.slice(applied, ++applied))
    }
    // all of it takes longer than that
    const summary = await store.uploadPoints('c', points, { wait: false, checkTimeoutMs: 5000 })
    expect(summary).toMatchObject({ stored: 50, failed: [] })
    expect(applied).toBe(50)
    await other.close()
  })

  test('notices that points were not replaced', async () => {
    const { store } = await startUpload()
    const points = makePoints(10)
    await store.upsert('c', points)
    const changed = points.map((point, i) => ({
      ...point,
      payload: i % 2 === 0 ? { changed: true } : point.payload,
      vectors: { unknown: Float32Array.of(1) },
    }))
    const error = await uploadFailure(store.uploadPoints('c', changed, { wait: false }))
    expect(error.failed.length).toBe(10)
    expect(error.message).toMatch(/what it gives back of its request .* is another/)
  })
})
