import { type Payload, type PointId, STORED_FIELDS } from '../../document.js'
import { cutPieceStream } from '../../pool/cut-pieces.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { mapOrdered } from '../../pool/map-ordered.js'
import { isSamePayload } from '../../stores/same-payload.js'
import type { Store, StoredPoint } from '../../stores/store.js'
import { unwrapPayload } from '../collection/layout.js'
import { type EncodedDocument, encodeDocuments } from '../documents/encode-documents.js'
import type { PlacedDocument, Rejection } from '../documents/good-documents.js'
import { encodedBytes, plannedVectors } from '../runs/point-writer.js'
import { UpsertBatches } from '../runs/upsert-batches.js'
import type { MigrationPlan } from './migration-plan.js'

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
  readonly seconds: number
}

export interface MigratePointsOptions {
  readonly onProgress?: (progress: MigrationProgress) => void
  readonly onRejected?: (rejection: Rejection) => void
  readonly signal?: AbortSignal
}

/** Points of one request. */
const PAGE_POINTS = 256

interface MovedPoint extends PlacedDocument {
  readonly id: PointId
  readonly payload: Payload
}

/**
 * One pass from the first collection into the second: each point whose text is not there as it is gets its new vectors, under its own id and
 * with its own payload, and what the first does not have any more is deleted. The same pass again goes on where it was stopped.
 * @throws StoreError when the store fails
 */
export async function migratePoints(
  store: Store,
  migration: MigrationPlan,
  encoder: PooledEncoder,
  { onProgress, onRejected, signal }: MigratePointsOptions = {},
): Promise<MigrationProgress> {
  const { source, target, plan } = migration
  const started = performance.now()
  const totals = { read: 0, stored: 0, unchanged: 0, failed: 0, deleted: 0, tokens: 0 }
  const progress = (): MigrationProgress => ({ ...totals, seconds: (performance.now() - started) / 1000 })
  const reject = (rejection: Rejection) => {
    totals.failed += 1
    onRejected?.(rejection)
  }
  const batches = new UpsertBatches<EncodedDocument<MovedPoint>>({
    streams: store.upsertStreams,
    idOf: ({ id }) => id,
    bytesOf: encodedBytes,
    upsert: async (batch) => {
      const points = batch.map((item) => ({
        id: item.id,
        vectors: plannedVectors({ ...item, number: 0 }, plan),
        payload: item.payload,
      }))
      await store.upsert(target, points)
      totals.stored += batch.length
      onProgress?.(progress())
    },
  })
  async function* changed(): AsyncGenerator<MovedPoint[]> {
    for await (const page of readPages(store, source, signal)) {
      const there = new Map(
        (
          await store.retrieve(
            target,
            page.map(({ id }) => id),
          )
        ).map((point) => [point.id, point]),
      )
      const moved: MovedPoint[] = []
      for (const { id, payload } of page) {
        const place = { file: source, row: ++totals.read }
        const stored = there.get(id)
        if (stored !== undefined && isSamePayload(stored.payload ?? {}, payload ?? {})) {
          totals.unchanged += 1
          continue
        }
        const text = unwrapPayload(payload ?? {}, plan)[STORED_FIELDS.text]
        if (typeof text === 'string')
          moved.push({ id, payload: payload ?? {}, document: { id, text, payload: {} }, place, record: totals.read })
        else reject({ place, id, code: 'MISSING_TEXT', reason: `Expected the text in the point's payload.` })
      }
      onProgress?.(progress())
      if (moved.length > 0) yield moved
    }
  }
  await store.beginLoad(target)
  const pieces = cutPieceStream(changed(), ({ document }) => document.text, encoder.pieceLimits, signal)
  const encode = (piece: readonly MovedPoint[]) => encodeDocuments(piece, encoder, 'document')
  try {
    for await (const { encoded, rejected } of mapOrdered(pieces, encoder.concurrency, encode)) {
      for (const { rejection } of rejected) reject(rejection)
      for (const item of encoded) {
        totals.tokens += item.batch.tokens[item.index]!
        await batches.add(item)
      }
    }
    await batches.flush()
  } finally {
    await batches.idle()
  }
  if (signal?.aborted !== true) {
    totals.deleted = await deleteGone(store, migration, signal)
    await store.endLoad(target)
  }
  return progress()
}

/** Deletes what the second collection has and the first has not. */
async function deleteGone(
  store: Store,
  { source, target }: MigrationPlan,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0
  for await (const page of readPages(store, target, signal, false)) {
    const ids = page.map(({ id }) => id)
    const kept = new Set((await store.retrieve(source, ids, { payload: false })).map(({ id }) => id))
    const gone = ids.filter((id) => !kept.has(id))
    await store.delete(target, gone)
    deleted += gone.length
  }
  return deleted
}

async function* readPages(
  store: Store,
  collection: string,
  signal: AbortSignal | undefined,
  payload = true,
): AsyncGenerator<StoredPoint[]> {
  let offset: PointId | null | undefined
  while (offset !== null && signal?.aborted !== true) {
    const page = await store.scroll(collection, {
      limit: PAGE_POINTS,
      payload,
      ...(offset !== undefined && { offset }),
    })
    offset = page.next
    if (page.points.length > 0) yield page.points
  }
}
