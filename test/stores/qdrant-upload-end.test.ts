import { afterEach, describe, expect, test } from 'vitest'
import type { StoreError } from '../../src/errors.js'
import { type Fault, ListedFaults } from '../server/faults.js'
import { closeUploads, expectStored, makePoints, startUpload, uploadFailure, upserts } from '../server/upload-setup.js'

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
    expect(error.message).toContain('what it gives back is another')
  })
})
