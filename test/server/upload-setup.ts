import { expect } from 'vitest'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { openQdrantStore, type QdrantStore } from '../../src/stores/qdrant/qdrant-store.js'
import { UploadError } from '../../src/stores/qdrant/upload/upload-error.js'
import type { CollectionConfig, Point } from '../../src/stores/store.js'
import { QdrantTestServer, type SeenRequest, type TestServerOptions } from './qdrant-test-server.js'
import { VirtualClock } from './virtual-clock.js'

/** Dot product, so that vectors come back as they were sent. */
const CONFIG: CollectionConfig = {
  vectors: {
    dense: { size: 8, distance: 'Dot' },
    late: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { bm25: {} },
}

const closing: { close(): Promise<void> }[] = []

/** Closes what {@link startUpload} opened. */
export async function closeUploads(): Promise<void> {
  for (const open of closing.splice(0).reverse()) await open.close()
}

/** A server with an empty collection `c`, and a store on it whose waits take no time. */
export async function startUpload(
  options: Partial<TestServerOptions> = {},
): Promise<{ server: QdrantTestServer; store: QdrantStore; clock: VirtualClock }> {
  const clock = new VirtualClock()
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client, now: () => clock.now(), ...options })
  const store = await openQdrantStore({ url: server.url, clock, upload: { timeoutMs: 2000 } })
  closing.push(client, server, store)
  await store.createCollection('c', CONFIG)
  server.requests.length = 0
  return { server, store, clock }
}

/** Points with one vector of each kind; float32 values, ids of both forms. */
export function makePoints(count: number, seed = 1): Point[] {
  const random = randomNumbers(seed)
  const floats = (length: number) => Float32Array.from({ length }, () => random() - 0.5)
  return Array.from({ length: count }, (_, i) => ({
    id: i % 3 === 0 ? `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}` : i,
    vectors: {
      dense: floats(8),
      // Two rows, the first of whole numbers: what a server reads as a sparse vector unless it is written with care.
      late: { rows: 2, dimension: 4, values: Float32Array.from([1, 2, 3, i, ...floats(4)]) },
      bm25: { indices: Uint32Array.of(i, i + 7, 4294967295), values: Float64Array.from(floats(3)) },
    },
    payload: { document: `text ${i} é 漢字 \u{1f600}`, i },
  }))
}

function plainVectors(point: Point): object {
  const { dense, late, bm25 } = point.vectors as unknown as {
    dense: Float32Array
    late: { values: Float32Array }
    bm25: { indices: Uint32Array; values: Float64Array }
  }
  return {
    dense: [...dense],
    late: [[...late.values.subarray(0, 4)], [...late.values.subarray(4)]],
    bm25: { indices: [...bm25.indices], values: [...bm25.values] },
  }
}

/** Every point is there, once, exactly as it was sent. */
export async function expectStored(store: QdrantStore, points: readonly Point[]): Promise<void> {
  const stored = await store.retrieve(
    'c',
    points.map((point) => point.id),
    { vectors: true },
  )
  expect(stored.map(({ id, payload, vectors }) => ({ id, payload, vectors }))).toEqual(
    points.map((point) => ({ id: point.id, payload: point.payload, vectors: plainVectors(point) })),
  )
  expect(await store.count('c')).toBe(points.length)
}

/** The error that an upload ends with. */
export async function uploadFailure(promise: Promise<unknown>): Promise<UploadError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(UploadError)
  return error
}

export function upserts(server: QdrantTestServer): SeenRequest[] {
  return server.requests.filter((request) => request.method === 'PUT')
}
