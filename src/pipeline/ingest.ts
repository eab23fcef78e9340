import { isDeepStrictEqual } from 'node:util'
import { type Document, type Payload, type PointId, pointId } from '../document.js'
import type { InputRecord, Place } from '../inputs/read-documents.js'
import { cutChunkStream } from '../pool/cut-chunks.js'
import type { PooledEncoder } from '../pool/encoder-pool.js'
import { mapOrdered } from '../pool/map-ordered.js'
import { UploadError } from '../stores/qdrant/upload-error.js'
import type { Point, Store } from '../stores/store.js'
import { denseAt, multivectorAt, sparseAt, type Vector } from '../vectors.js'
import type { CollectionPlan } from './collection-plan.js'
import { type EncodedDocument, encodeDocuments } from './encode-documents.js'
import { goodDocuments, type PlacedDocument, type Rejection } from './good-documents.js'
import { isInPartition, type Partition } from './partition.js'
import { prepareCollection } from './prepare-collection.js'
import { UpsertWindow } from './upsert-window.js'

export interface IngestProgress {
  readonly documents: number
  readonly points: number
  readonly unchanged: number
  readonly failed: number
  readonly tokens: number
  /** Tokens that were cut off. */
  readonly tokensLost: number
  readonly seconds: number
  /** Where the last document that was handled stands; null before the first. */
  readonly place: Place | null
}

export interface IngestOptions {
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called after each stored batch. */
  readonly onProgress?: (progress: IngestProgress) => void
  /** Once aborted, nothing more is begun; what is under way is encoded and stored. */
  readonly signal?: AbortSignal
  /** The part of the documents that is ingested. @default all */
  readonly partition?: Partition | undefined
}

export interface IngestSummary extends IngestProgress {
  /** Documents that were longer than the model takes. */
  readonly truncated: number
  readonly interrupted: boolean
}

/** Points that go to the store in one batch, unless their vectors fill `BATCH_BYTES` first. */
const BATCH_POINTS = 256
const BATCH_BYTES = 8 * 1024 * 1024

/**
 * Documents to points: reads, encodes in the pool and stores, in bounded memory whatever the input's size.
 * A document that is already stored with the same payload is left as it is, so the same command again continues where a run stopped.
 * A document that cannot be read, encoded or stored is rejected with its place and reason, and the run goes on.
 * @throws StoreError when the store fails; ModelError when a model's files are wrong. What was stored before stays stored.
 */
export async function ingest(
  records: AsyncIterable<readonly InputRecord[]>,
  store: Store,
  collection: string,
  plan: CollectionPlan,
  encoder: PooledEncoder,
  options: IngestOptions = {},
): Promise<IngestSummary> {
  const { onRejected, onProgress, signal, partition } = options
  const started = performance.now()
  const totals = { documents: 0, points: 0, unchanged: 0, failed: 0, tokens: 0, truncated: 0, tokensLost: 0 }
  let place: Place | null = null
  const progress = (): IngestProgress => ({ ...totals, seconds: (performance.now() - started) / 1000, place })
  const reject = (rejection: Rejection) => {
    totals.failed += 1
    onRejected?.(rejection)
  }
  // an input that is not there must not leave an empty collection behind
  const input = await startReading(records)
  const mayBeStored = (await prepareCollection(store, collection, plan)) > 0

  const encodeChunk = async (chunk: readonly PlacedDocument[]) => {
    const changed = mayBeStored ? await dropUnchanged(store, collection, chunk, pending) : chunk
    const encoded = await encodeDocuments(changed, encoder, 'document')
    return { ...encoded, unchanged: chunk.length - changed.length, last: chunk.at(-1)!.place }
  }
  const pending = new PendingIds()
  let batch: EncodedDocument[] = []
  let batchBytes = 0
  const upserts = new UpsertWindow(store.upsertStreams)
  const flush = async () => {
    const full = batch
    batch = []
    batchBytes = 0
    if (full.length === 0) return
    const ids = full.map(({ document }) => pointId(document))
    await upserts.add(ids, async () => {
      const refused = await storePoints(store, collection, full, plan)
      for (const rejection of refused) reject(rejection)
      totals.documents += full.length - refused.length
      totals.points += full.length - refused.length
      for (const id of ids) pending.remove(id)
      onProgress?.(progress())
    })
  }

  const good = goodDocuments(input, reject, signal)
  const documents = partition === undefined ? good : documentsOf(good, partition)
  const chunks = cutChunkStream(documents, ({ document }) => document.text, encoder.chunkLimits, signal)
  await store.beginLoad(collection)
  try {
    for await (const { encoded, rejected, unchanged, last } of mapOrdered(chunks, encoder.concurrency, encodeChunk)) {
      for (const rejection of rejected) reject(rejection)
      totals.documents += unchanged
      totals.unchanged += unchanged
      for (const { batch: vectors, index } of encoded) {
        const lost = vectors.cutTokens[index]!
        totals.tokens += vectors.tokens[index]!
        totals.truncated += lost > 0 ? 1 : 0
        totals.tokensLost += lost
        batchBytes += vectorBytes(vectors, index)
      }
      batch.push(...encoded)
      place = last
      if (batch.length >= BATCH_POINTS || batchBytes >= BATCH_BYTES) await flush()
    }
    await flush()
    await upserts.settle()
  } finally {
    await upserts.idle()
  }
  // an interrupted run is going to be continued; what waits for the end of the load waits for that
  if (signal?.aborted !== true) await store.endLoad(collection)
  const { truncated, tokensLost } = totals
  return { ...progress(), truncated, tokensLost, interrupted: signal?.aborted === true }
}

/** The documents of one part of the input. */
async function* documentsOf(
  documents: AsyncIterable<readonly PlacedDocument[]>,
  partition: Partition,
): AsyncGenerator<PlacedDocument[]> {
  for await (const list of documents) yield list.filter(({ document }) => isInPartition(document, partition))
}

/** Ids of points that are on their way to the store, with how often. */
class PendingIds {
  readonly #counts = new Map<PointId, number>()

  /** Whether the id was on its way already. */
  add(id: PointId): boolean {
    const count = this.#counts.get(id) ?? 0
    this.#counts.set(id, count + 1)
    return count > 0
  }

  remove(id: PointId): void {
    const count = (this.#counts.get(id) ?? 0) - 1
    if (count > 0) this.#counts.set(id, count)
    else this.#counts.delete(id)
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

/**
 * The documents whose point is not stored yet, or with another payload. Where an earlier document of the same id is still on its way
 * (`pending`), the store cannot tell: the later one is stored after it, so that the last always wins.
 */
async function dropUnchanged(
  store: Store,
  collection: string,
  chunk: readonly PlacedDocument[],
  pending: PendingIds,
): Promise<readonly PlacedDocument[]> {
  const ids = chunk.map(({ document }) => pointId(document))
  const isAgain = ids.map((id) => pending.add(id))
  const stored = await store.retrieve(collection, ids)
  const payloads = new Map<PointId, Payload | null>(stored.map((point) => [point.id, point.payload]))
  return chunk.filter(({ document }, i) => {
    const id = ids[i]!
    const isChanged = isAgain[i] || !isDeepStrictEqual(payloads.get(id), payloadOf(document))
    if (!isChanged) pending.remove(id)
    return isChanged
  })
}

/** Stores a batch; returns the documents whose points the store refused for what they are. */
async function storePoints(
  store: Store,
  collection: string,
  batch: readonly EncodedDocument[],
  plan: CollectionPlan,
): Promise<Rejection[]> {
  if (batch.length === 0) return []
  const points = batch.map((document) => toPoint(document, plan))
  try {
    await store.upsert(collection, points)
    return []
  } catch (error) {
    if (!(error instanceof UploadError) || error.failed.some(({ kind }) => kind !== 'refused')) throw error
    const reasons = new Map(error.failed.map(({ id, reason }) => [id, reason]))
    return batch.flatMap(({ document, place }, i) => {
      const reason = reasons.get(points[i]!.id)
      return reason === undefined ? [] : [{ place, id: document.id, code: 'POINT_REFUSED', reason }]
    })
  }
}

function toPoint({ document, batch, index }: EncodedDocument, { vectors }: CollectionPlan): Point {
  const named: Record<string, Vector> = {}
  if (vectors.dense !== undefined) named[vectors.dense.vector] = denseAt(batch.dense!, index)
  if (vectors.bm25 !== undefined) named[vectors.bm25.vector] = sparseAt(batch.sparse!, index)
  if (vectors.late !== undefined) named[vectors.late.vector] = multivectorAt(batch.late!, index)
  return { id: pointId(document), vectors: named, payload: payloadOf(document) }
}

function vectorBytes({ dense, sparse, late }: EncodedDocument['batch'], i: number): number {
  const floats = (dense?.dimension ?? 0) + (late === undefined ? 0 : multivectorAt(late, i).values.length)
  return 4 * floats + (sparse === undefined ? 0 : 12 * sparseAt(sparse, i).indices.length)
}
