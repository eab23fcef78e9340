import type { Payload, PointId } from '../../document.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { isSamePayload } from '../../stores/same-payload.js'
import type { Store } from '../../stores/store.js'
import { type EncodedDocument, type EncodeStreamOptions, encodeStream } from '../documents/encode-documents.js'
import type { PlacedDocument, Rejection } from '../documents/good-documents.js'
import { encodedBytes, plannedVectors } from '../runs/point-writer.js'
import { UpsertBatches } from '../runs/upsert-batches.js'
import { type UpsertWatcher, watchedUpsert } from '../runs/upsert-window.js'
import type { MigrationPlan } from './migration-plan.js'
import { ALL_POINTS, type PointRange, readRange } from './point-ranges.js'
import { chunkNumber, type StoredTexts, storedTextOf, storedTexts } from './stored-texts.js'

/** A pass over the points of a collection so far. */
export interface MigrationProgress {
  /** Points of the first collection that were looked at. */
  readonly read: number
  /** Those that were encoded and stored in the second. */
  readonly stored: number
  /** Those that were there as they are. */
  readonly unchanged: number
  readonly failed: number
  /** Points that were deleted because the first collection does not have them any more. */
  readonly deleted: number
  readonly tokens: number
  /** Tokens that were cut off. */
  readonly tokensLost: number
  readonly seconds: number
}

export interface MigratePointsOptions extends EncodeStreamOptions {
  readonly onProgress?: (progress: MigrationProgress) => void
  readonly onRejected?: (rejection: Rejection) => void
  readonly onUpsert?: UpsertWatcher
}

interface MovedPoint extends PlacedDocument {
  readonly id: PointId
  readonly payload: Payload
  /** Number of the chunk. */
  readonly number: number
  readonly whole: string | null
}

/**
 * From the first collection into the second: each document of the range whose points are not there as they are gets its new vectors, under its own ids and
 * with its own payloads. The same again goes on where it was stopped.
 * @throws StoreError when the store fails
 */
export async function migratePoints(
  store: Store,
  migration: MigrationPlan,
  encoder: PooledEncoder,
  { onProgress, onRejected, onUpsert, onRead, signal }: MigratePointsOptions = {},
  range: PointRange = ALL_POINTS,
): Promise<MigrationProgress> {
  const { source, target, plan } = migration
  const started = performance.now()
  const totals = { read: 0, stored: 0, unchanged: 0, failed: 0, deleted: 0, tokens: 0, tokensLost: 0 }
  const progress = (): MigrationProgress => ({ ...totals, seconds: (performance.now() - started) / 1000 })
  const rejected: PointId[] = []
  const reject = (id: PointId, rejection: Rejection) => {
    totals.failed += 1
    rejected.push(id)
    onRejected?.(rejection)
  }
  const batches = new UpsertBatches<EncodedDocument<MovedPoint>>({
    streams: store.upsertStreams,
    idOf: ({ id }) => id,
    bytesOf: encodedBytes,
    upsert: async (batch) => {
      const points = batch.map((item) => ({
        id: item.id,
        vectors: plannedVectors(item, plan),
        payload: item.payload,
      }))
      await watchedUpsert({ store, collection: target }, points, onUpsert)
      totals.stored += batch.length
      onProgress?.(progress())
    },
  })
  async function* changed(): AsyncGenerator<MovedPoint[]> {
    for await (const page of readRange(store, source, range, signal)) {
      for await (const documents of storedTexts(store, source, page, plan)) {
        const moved = await findChanged(documents)
        onProgress?.(progress())
        if (moved.length > 0) yield moved
      }
    }
  }
  async function findChanged(documents: readonly StoredTexts[]): Promise<MovedPoint[]> {
    const ids = documents.flatMap(({ points }) => points.map(({ id }) => id))
    const there = new Map((await store.retrieve(target, ids)).map((point) => [point.id, point]))
    const moved: MovedPoint[] = []
    for (const { points, whole, reason } of documents) {
      const isThere = points.map(({ id, payload }) => {
        const stored = there.get(id)
        return stored !== undefined && isSamePayload(stored.payload ?? {}, payload ?? {})
      })
      for (const [i, point] of points.entries()) {
        const { id, payload } = point
        const place = { file: source, row: ++totals.read }
        const text = storedTextOf(point, plan)
        if (text === undefined)
          reject(id, { place, id, code: 'MISSING_TEXT', reason: `Expected the text in the point's payload.` })
        // half a document would be found as if it were all of it
        else if (reason !== null) reject(id, { place, id, code: 'CHUNKS_MISSING', reason })
        // vectors of all of a document are made anew with any of its chunks
        else if (whole === null ? isThere[i] : isThere.every(Boolean)) totals.unchanged += 1
        else {
          const number = chunkNumber(point)
          const document = { id, text, payload: {} }
          const own = number === 0 ? whole : null
          moved.push({ id, payload: payload ?? {}, document, place, record: totals.read, number, whole: own })
        }
      }
    }
    return moved
  }
  await store.beginLoad(target)
  try {
    const pieces = encodeStream(changed(), encoder, 'document', { signal, onRead })
    for await (const { encoded, rejected: failed } of pieces) {
      for (const { item, rejection } of failed) reject(item.id, rejection)
      for (const item of encoded) {
        const { batch, index, wholeIndex } = item
        // of the whole document beside its chunks nothing is lost
        totals.tokensLost += batch.cutTokens[index]!
        totals.tokens += batch.tokens[index]! + (wholeIndex === index ? 0 : batch.tokens[wholeIndex]!)
        await batches.add(item)
      }
    }
    await batches.flush()
    // a former version of what is left out is not left behind
    await store.delete(target, rejected)
  } finally {
    await batches.idle()
  }
  return progress()
}
