import { afterEach, describe, expect, test } from 'vitest'
import type { StoreError } from '../../../../src/errors.js'
import type { UploadOptions } from '../../../../src/stores/qdrant/upload/upload-options.js'
import { ListedFaults } from '../../../server/faults.js'
import {
  closeUploads,
  expectStored,
  makePoints,
  startUpload,
  uploadFailure,
  upserts,
} from '../../../server/upload-setup.js'

afterEach(closeUploads)

describe('an upload', () => {
  test('stores every point with its exact vectors and payload', async () => {
    const { store } = await startUpload()
    const points = makePoints(300)
    const summary = await store.uploadPoints('c', points, { batchPoints: 32 })
    expect(summary).toMatchObject({ read: 300, stored: 300, failed: [], requests: 10, retries: 0 })
    await expectStored(store, points)
  })

  test('takes a stream, and reads no further ahead than what is in flight', async () => {
    const { store } = await startUpload()
    const points = makePoints(200)
    let ahead = 0
    let read = 0
    let stored = 0
    async function* source() {
      for (const point of points) {
        read++
        ahead = Math.max(ahead, read - stored)
        yield point
      }
    }
    const onStored = (ids: readonly unknown[]) => {
      stored += ids.length
    }
    await store.uploadPoints('c', source(), { batchPoints: 10, concurrency: 2, onStored })
    expect(stored).toBe(200)
    expect(ahead).toBeLessThanOrEqual(10 * (2 + 1) + 1)
  })

  test('cuts batches by bytes and by count', async () => {
    const { store, server } = await startUpload()
    await store.uploadPoints('c', makePoints(100), { batchBytes: 2000 })
    const sizes = upserts(server).map((request) => request.bytes)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2000)
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(1000)
    server.requests.length = 0
    await store.uploadPoints('c', makePoints(100), { batchPoints: 40 })
    expect(upserts(server).length).toBe(3)
  })

  test('halves what is over the size limit and remembers the smaller size', async () => {
    const { store, server } = await startUpload({ maxRequestBytes: 100_000 })
    const points = makePoints(3000)
    const summary = await store.uploadPoints('c', points, { batchBytes: 150_000, batchPoints: 3000, concurrency: 1 })
    expect(summary.stored).toBe(3000)
    await expectStored(store, points)
    // The second was cut before the first was answered.
    expect(upserts(server).filter((request) => request.bytes > 100_000).length).toBeLessThanOrEqual(2)
  })

  test('names a single point that is over the size limit, and stores the others', async () => {
    const { store } = await startUpload({ maxRequestBytes: 50_000 })
    const points = makePoints(20)
    points[7] = { ...points[7]!, payload: { document: 'x'.repeat(60_000) } }
    const summary = await store.uploadPoints('c', points)
    expect(summary.failed).toEqual([{ id: 7, kind: 'refused', reason: expect.stringContaining('larger than allowed') }])
    await expectStored(
      store,
      points.filter((point) => point.id !== 7),
    )
  })

  test('takes a connection cut while it sends much for a refusal by size', async () => {
    const { store, server } = await startUpload()
    server.faults = { next: ({ bytes }) => (bytes > 9_000_000 ? { kind: 'reset' } : null) }
    const points = makePoints(6).map((point) => ({ ...point, payload: { document: 'x'.repeat(4_000_000) } }))
    points[4] = { ...points[4]!, payload: { document: 'x'.repeat(20_000_000) } }
    const summary = await store.uploadPoints('c', points, { batchBytes: 18_000_000 })
    expect(summary.failed).toEqual([
      { id: 4, kind: 'refused', reason: expect.stringContaining('hangs up on a request') },
    ])
    expect(await store.count('c')).toBe(5)
  })

  test('sends smaller requests over a line on which the first took too long', async () => {
    const { store, server } = await startUpload()
    server.faults = { next: ({ bytes }) => (bytes > 17_000_000 ? { kind: 'unread' } : null) }
    const points = makePoints(20).map((point) => ({ ...point, payload: { document: 'x'.repeat(4_000_000) } }))
    const options = { batchBytes: 21_000_000, concurrency: 1, timeoutMs: 1000 }
    const summary = await store.uploadPoints('c', points, options)
    expect(summary).toMatchObject({ stored: 20, failed: [] })
    // the second batch was cut before the first was given up
    expect(upserts(server).filter(({ fault }) => fault?.kind === 'unread').length).toBeLessThanOrEqual(2)
  })

  test('learns how many points strict mode takes in one request', async () => {
    const { store, server } = await startUpload({ maxBatchPoints: 10 })
    const points = makePoints(320)
    const summary = await store.uploadPoints('c', points, { batchPoints: 32, concurrency: 1 })
    expect(summary).toMatchObject({ stored: 320, failed: [] })
    await expectStored(store, points)
    expect(upserts(server).filter((request) => request.points > 10).length).toBeLessThanOrEqual(2 * 3)
    expect(upserts(server).at(-2)!.points).toBe(10)
  })

  test('names a point whose text is cut in the middle of a character, and stores the others', async () => {
    const { store } = await startUpload()
    const points = makePoints(40)
    points[9] = { ...points[9]!, payload: { document: '\u{1f600}'.slice(0, 1) } }
    const summary = await store.uploadPoints('c', points)
    expect(summary.failed).toEqual([
      { id: points[9]!.id, kind: 'refused', reason: expect.stringContaining('surrogate') },
    ])
    await expectStored(
      store,
      points.filter((_, i) => i !== 9),
    )
  })

  test('splits what the rate limit can never take whole', async () => {
    const { store, server } = await startUpload({ bucketPoints: 10 })
    const points = makePoints(320)
    const summary = await store.uploadPoints('c', points, { batchPoints: 32, concurrency: 1 })
    expect(summary).toMatchObject({ stored: 320, failed: [] })
    await expectStored(store, points)
    // Two batches were cut before the first answer and take 1 + 2 + 4 requests each; from then on 8 points go in one.
    expect(upserts(server).length).toBe(2 * 7 + 256 / 8)
  })

  test('finds the refused points of a batch by halving, names them and stores the rest', async () => {
    const { store } = await startUpload()
    const points = makePoints(100)
    for (const i of [5, 64, 65]) {
      points[i] = { ...points[i]!, vectors: { ...points[i]!.vectors, dense: Float32Array.of(1, 2, 3) } }
    }
    const summary = await store.uploadPoints('c', points)
    expect(summary.stored).toBe(97)
    expect(summary.failed.map(({ id, kind }) => [id, kind])).toEqual([5, 64, 65].map((i) => [points[i]!.id, 'refused']))
    for (const { reason } of summary.failed) expect(reason).toContain('expected dim: 8, got 3')
    await expectStored(
      store,
      points.filter((_, i) => ![5, 64, 65].includes(i)),
    )
  })

  test('names points that no request can carry, without sending them', async () => {
    const { store } = await startUpload()
    const points = makePoints(6)
    const circular: Record<string, unknown> = {}
    circular.self = circular
    points[1] = { ...points[1]!, vectors: { dense: Float32Array.of(1, Number.NaN) } }
    points[2] = { ...points[2]!, vectors: { bm25: { indices: Uint32Array.of(3, 3), values: Float64Array.of(1, 2) } } }
    points[4] = { ...points[4]!, payload: circular }
    points[5] = { ...points[5]!, id: 'no-uuid' }
    const summary = await store.uploadPoints('c', points)
    expect(summary.failed.map(({ id }) => id)).toEqual([1, 2, 4, 'no-uuid'])
    await expectStored(store, [points[0]!, points[3]!])
  })

  test('gives up when more points are refused than it was told to bear', async () => {
    const { store, server } = await startUpload()
    const points = makePoints(400).map((point) => ({ ...point, vectors: { dense: Float32Array.of(1) } }))
    const error = await uploadFailure(
      store.uploadPoints('c', points, { maxRefused: 20, batchPoints: 16, concurrency: 1 }),
    )
    expect(error.code).toBe('UPLOAD_INCOMPLETE')
    expect((error.cause as StoreError).code).toBe('TOO_MANY_REFUSED')
    expect(error.failed.length).toBeLessThan(50)
    expect(upserts(server).length).toBeLessThan(80)
  })

  test('keeps the order of the points of one id', async () => {
    const { store } = await startUpload({
      faults: new ListedFaults([
        null,
        null,
        { kind: 'status', status: 503 },
        { kind: 'stall', isApplied: true },
        { kind: 'reset' },
      ]),
    })
    const versions = Array.from({ length: 40 }, (_, i) => ({ ...makePoints(8, i)[i % 8]!, payload: { version: i } }))
    const summary = await store.uploadPoints('c', versions, { batchPoints: 4, concurrency: 4, timeoutMs: 300 })
    expect(summary.stored).toBe(40)
    const stored = await store.retrieve(
      'c',
      versions.slice(0, 8).map((point) => point.id),
    )
    expect(stored.map((point) => point.payload)).toEqual(Array.from({ length: 8 }, (_, i) => ({ version: 32 + i })))
  })

  test('takes the spellings of a UUID as one point, which no request holds twice', async () => {
    const { store, server } = await startUpload()
    const [point] = makePoints(1)
    const id = String(point!.id)
    const spellings = [id.toUpperCase(), `{${id}}`, `urn:uuid:${id}`, id.replaceAll('-', '')]
    await store.uploadPoints(
      'c',
      spellings.map((spelling, i) => ({ ...point!, id: spelling, payload: { i } })),
    )
    expect(await store.retrieve('c', [id])).toMatchObject([{ id, payload: { i: 3 } }])
    expect(await store.count('c')).toBe(1)
    expect(upserts(server).length).toBe(4)
  })

  test('passes an error of its source on, when what was read is stored', async () => {
    const { store } = await startUpload()
    async function* source() {
      yield* makePoints(10)
      throw new Error('the source broke')
    }
    await expect(store.uploadPoints('c', source())).rejects.toThrow('the source broke')
    expect(await store.count('c')).toBe(10)
  })

  test.each([true, false])('whose source breaks has told of every point that was read (wait %s)', async (wait) => {
    const { store } = await startUpload()
    const points = makePoints(10)
    points[4] = { ...points[4]!, vectors: { dense: Float32Array.of(1) } }
    async function* source() {
      yield* points
      throw new Error('the source broke')
    }
    const told: unknown[] = []
    const upload = store.uploadPoints('c', source(), {
      wait,
      onStored: (ids) => told.push(...ids),
      onFailed: ({ id, kind }) => told.push({ id, kind }),
    })
    await expect(upload).rejects.toThrow('the source broke')
    expect(new Set(told)).toEqual(new Set(points.map(({ id }, i) => (i === 4 ? { id, kind: 'refused' } : id))))
  })

  test('refuses options that it does not know', async () => {
    const { store } = await startUpload()
    await expect(store.uploadPoints('c', [], { batchSize: 3 } as UploadOptions)).rejects.toThrow(
      'unknown option "batchSize"',
    )
    await expect(store.uploadPoints('c', [], { concurrency: 0 })).rejects.toThrow('expected concurrency ≥ 1')
    await expect(store.uploadPoints('c', [], { giveUpAfterMs: Number.NaN })).rejects.toThrow('giveUpAfterMs ≥ 0')
  })
})
