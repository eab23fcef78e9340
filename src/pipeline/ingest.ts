import { isDeepStrictEqual } from 'node:util'
import { type Document, type Payload, type PointId, pointId } from '../document.js'
import type { EncodedBatch } from '../encoders/encoder.js'
import { OffgridError } from '../errors.js'
import type { InputRecord, Place } from '../inputs/read-documents.js'
import { cutChunkStream } from '../pool/cut-chunks.js'
import type { PooledEncoder } from '../pool/encoder-pool.js'
import { mapOrdered } from '../pool/map-ordered.js'
import type { Point, Store } from '../stores/store.js'
import { denseAt, multivectorAt, sparseAt, type Vector } from '../vectors.js'
import { type CollectionPlan, prepareCollection } from './collection-plan.js'
import { goodDocuments, type PlacedDocument, type Rejection } from './good-documents.js'

export interface IngestProgress {
  readonly documents: number
  readonly points: number
  readonly unchanged: number
  readonly failed: number
  readonly tokens: number
  readonly seconds: number
  /** Where the last document that was handled stands; null before the first. */
  readonly place: Place | null
}

export interface IngestOptions {
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called after each stored batch. */
  readonly onProgress?: (progress: IngestProgress) => void
  /** Once aborted, nothing more is read; what was read is encoded and stored. */
  readonly signal?: AbortSignal
}

export interface IngestSummary extends IngestProgress {
  /** Documents that were longer than the model takes. */
  readonly truncated: number
  /** Tokens that were cut off. */
  readonly tokensLost: number
  readonly interrupted: boolean
}

/** Points that go to the store in one batch, unless their vectors fill `BATCH_BYTES` first. */
const BATCH_POINTS = 256
const BATCH_BYTES = 8 * 1024 * 1024

interface EncodedChunk {
  readonly points: readonly Point[]
  readonly bytes: number
  readonly unchanged: number
  readonly last: Place
  readonly rejections: readonly Rejection[]
  readonly tokens: number
  readonly truncated: number
  readonly tokensLost: number
}

/**
 * Documents to points: reads, encodes in the pool and stores, in bounded memory whatever the input's size.
 * A document that is already stored with the same payload is left as it is, so the same command again continues where a run stopped.
 * A document that cannot be read or encoded is rejected with its place and reason, and the run goes on.
 * @throws StoreError when the store refuses; ModelError when a model's files are wrong. What was stored before stays stored.
 */
export async function ingest(
  records: AsyncIterable<readonly InputRecord[]>,
  store: Store,
  collection: string,
  plan: CollectionPlan,
  encoder: PooledEncoder,
  options: IngestOptions = {},
): Promise<IngestSummary> {
  const { onRejected, onProgress, signal } = options
  const started = performance.now()
  const totals = { documents: 0, points: 0, unchanged: 0, failed: 0, tokens: 0, truncated: 0, tokensLost: 0 }
  const reject = (rejection: Rejection) => {
    totals.failed += 1
    onRejected?.(rejection)
  }
  let place: Place | null = null
  const progress = (): IngestProgress => ({ ...totals, seconds: (performance.now() - started) / 1000, place })
  // an input that is not there must not leave an empty collection behind
  const input = await startReading(records)
  const mayBeStored = (await prepareCollection(store, collection, plan)) > 0

  const encodeChunk = async (chunk: readonly PlacedDocument[]): Promise<EncodedChunk> => {
    const fresh = mayBeStored ? await dropUnchanged(store, collection, chunk) : chunk
    const encoded = await encodeDocuments(fresh, plan, encoder)
    return { ...encoded, unchanged: chunk.length - fresh.length, last: chunk.at(-1)!.place }
  }
  let batch: Point[] = []
  let batchBytes = 0
  const flush = async () => {
    if (batch.length > 0) await store.upsert(collection, batch)
    totals.points += batch.length
    batch = []
    batchBytes = 0
    onProgress?.(progress())
  }

  const documents = goodDocuments(input, reject, signal)
  const chunks = cutChunkStream(documents, ({ document }) => document.text, encoder.chunkLimits)
  for await (const chunk of mapOrdered(chunks, encoder.concurrency, encodeChunk)) {
    for (const rejection of chunk.rejections) reject(rejection)
    totals.documents += chunk.points.length + chunk.unchanged
    totals.unchanged += chunk.unchanged
    totals.tokens += chunk.tokens
    totals.truncated += chunk.truncated
    totals.tokensLost += chunk.tokensLost
    batch.push(...chunk.points)
    batchBytes += chunk.bytes
    place = chunk.last
    if (batch.length >= BATCH_POINTS || batchBytes >= BATCH_BYTES) await flush()
  }
  await flush()
  return {
    ...progress(),
    truncated: totals.truncated,
    tokensLost: totals.tokensLost,
    interrupted: signal?.aborted === true,
  }
}

/** The same records, the first of them read already. */
async function startReading<T>(records: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = records[Symbol.asyncIterator]()
  const first = await iterator.next()
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
      } finally {
        await iterator.return?.()
      }
    },
  }
}

/** Everything of the input, with the text that was encoded as `document`. */
function payloadOf(document: Document): Payload {
  return { ...document.payload, document: document.text }
}

/** The documents whose point is not stored yet, or with another payload. */
async function dropUnchanged(
  store: Store,
  collection: string,
  chunk: readonly PlacedDocument[],
): Promise<readonly PlacedDocument[]> {
  const stored = await store.retrieve(
    collection,
    chunk.map(({ document }) => pointId(document)),
  )
  const payloads = new Map<PointId, Payload | null>(stored.map((point) => [point.id, point.payload]))
  return chunk.filter(({ document }) => !isDeepStrictEqual(payloads.get(pointId(document)), payloadOf(document)))
}

/** Encodes a chunk; when that fails for a reason that may lie in a document, in halves, down to the document that is rejected. */
async function encodeDocuments(
  chunk: readonly PlacedDocument[],
  plan: CollectionPlan,
  encoder: PooledEncoder,
): Promise<Omit<EncodedChunk, 'unchanged' | 'last'>> {
  if (chunk.length === 0) return { points: [], bytes: 0, rejections: [], tokens: 0, truncated: 0, tokensLost: 0 }
  try {
    const encoded = await encoder.encodeChunk(
      chunk.map(({ document }) => document.text),
      'document',
    )
    return toPoints(chunk, encoded, plan)
  } catch (error) {
    if (!mayBeTheDocuments(error)) throw error
    if (chunk.length === 1) {
      const { document, place } = chunk[0]!
      const rejection = { place, id: document.id, code: error.code, reason: error.message }
      return { points: [], bytes: 0, rejections: [rejection], tokens: 0, truncated: 0, tokensLost: 0 }
    }
    const middle = chunk.length >> 1
    const first = await encodeDocuments(chunk.slice(0, middle), plan, encoder)
    const second = await encodeDocuments(chunk.slice(middle), plan, encoder)
    return {
      points: [...first.points, ...second.points],
      bytes: first.bytes + second.bytes,
      rejections: [...first.rejections, ...second.rejections],
      tokens: first.tokens + second.tokens,
      truncated: first.truncated + second.truncated,
      tokensLost: first.tokensLost + second.tokensLost,
    }
  }
}

function mayBeTheDocuments(error: unknown): error is OffgridError {
  return (
    error instanceof OffgridError &&
    ['WORKER_FAILED', 'WORKER_DIED', 'RUN_FAILED', 'INVALID_DOCUMENT'].includes(error.code)
  )
}

function toPoints(
  chunk: readonly PlacedDocument[],
  encoded: EncodedBatch,
  { vectors }: CollectionPlan,
): Omit<EncodedChunk, 'unchanged' | 'last'> {
  const points = chunk.map(({ document }, i): Point => {
    const named: Record<string, Vector> = {}
    if (vectors.dense !== undefined) named[vectors.dense.vector] = denseAt(encoded.dense!, i)
    if (vectors.bm25 !== undefined) named[vectors.bm25.vector] = sparseAt(encoded.sparse!, i)
    if (vectors.late !== undefined) named[vectors.late.vector] = multivectorAt(encoded.late!, i)
    return { id: pointId(document), vectors: named, payload: payloadOf(document) }
  })
  return {
    points,
    bytes:
      (encoded.dense?.values.byteLength ?? 0) +
      (encoded.sparse?.values.byteLength ?? 0) +
      (encoded.late?.values.byteLength ?? 0),
    rejections: [],
    tokens: sum(encoded.tokens),
    truncated: encoded.cutTokens.reduce((count, lost) => count + (lost > 0 ? 1 : 0), 0),
    tokensLost: sum(encoded.cutTokens),
  }
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0)
}
