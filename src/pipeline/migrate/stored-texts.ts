import { type Payload, type PointId, STORED_FIELDS } from '../../document.js'
import type { Store, StoredPoint } from '../../stores/store.js'
import { type CollectionPlan, keepsDocumentVectors } from '../collection/collection-plan.js'
import { unwrapPayload } from '../collection/layout.js'
import { keyOfChunk } from '../documents/document-points.js'
import { chunkId, chunksIn } from '../documents/passage.js'

/** The points of one document, which get their vectors together. */
export interface StoredTexts {
  readonly points: readonly StoredPoint[]
  /** The text that the points are chunks of; null where it needs no vectors of its own beside theirs. */
  readonly whole: string | null
  /** Why the document is left out: its own vectors cannot be made. Null where they can. */
  readonly reason: string | null
}

/** Chunks that are read at once, about. */
const CHUNKS_AT_ONCE = 1000

/** The text of a point; undefined where it holds none. */
export function storedTextOf({ payload }: StoredPoint, plan: CollectionPlan): string | undefined {
  const text = unwrapPayload(payload ?? {}, plan)[STORED_FIELDS.text]
  return typeof text === 'string' ? text : undefined
}

/** Number of the chunk that a point is, from 0; 0 where its document is not cut. */
export function chunkNumber({ payload }: StoredPoint): number {
  const number = payload?.[STORED_FIELDS.chunk]
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : 0
}

/**
 * Points of a page by their documents. Where whole documents have vectors, the first chunk of one brings all the others along, from wherever
 * they stand in the collection, and these are passed over where they are met themselves: so each document is in exactly one page. A chunk that no first
 * one brings along is given with a reason.
 */
export async function* storedTexts(
  store: Store,
  collection: string,
  page: readonly StoredPoint[],
  plan: CollectionPlan,
): AsyncGenerator<StoredTexts[]> {
  if (!keepsDocumentVectors(plan)) {
    yield page.map(alone)
    return
  }
  const others = page.filter((point) => chunkNumber(point) > 0)
  const led = await findLed(store, collection, others)
  const isFirst = (point: StoredPoint) => chunkNumber(point) === 0 && chunksIn(point.payload) > 1
  yield page
    .filter((point) => !isFirst(point) && !led.has(point.id))
    .map((point) => (chunkNumber(point) > 0 ? orphan(point) : alone(point)))
  let lot: StoredPoint[] = []
  let chunks = 0
  for (const first of page.filter(isFirst)) {
    lot.push(first)
    chunks += chunksIn(first.payload)
    if (chunks < CHUNKS_AT_ONCE) continue
    yield await gatherDocuments(store, collection, lot, plan)
    lot = []
    chunks = 0
  }
  if (lot.length > 0) yield await gatherDocuments(store, collection, lot, plan)
}

/** The documents of first chunks, with all their chunks that are there and the text that these were cut from. */
export async function gatherDocuments(
  store: Store,
  collection: string,
  firsts: readonly StoredPoint[],
  plan: CollectionPlan,
): Promise<StoredTexts[]> {
  const idsOf = (first: StoredPoint): PointId[] => {
    const key = keyOfChunk(first.payload)
    if (key === null || chunkId(key, 0) !== first.id) return []
    return Array.from({ length: chunksIn(first.payload) - 1 }, (_, i) => chunkId(key, i + 1))
  }
  const found = await store.retrieve(collection, firsts.flatMap(idsOf))
  const byId = new Map(found.map((point) => [point.id, point]))
  return firsts.map((first) => {
    const points = [first, ...idsOf(first).flatMap((id) => byId.get(id) ?? [])]
    const expected = chunksIn(first.payload)
    const whole = points.length === expected ? joinChunks(points, plan) : null
    if (whole !== null) return { points, whole, reason: null }
    const reason = `Expected the ${expected} chunks of document ${nameOf(first)} with their texts and places, got ${points.length}; ingest it again.`
    return { points, whole: null, reason }
  })
}

/** Ids of the chunks whose first chunk is there and counts them. */
async function findLed(store: Store, collection: string, others: readonly StoredPoint[]): Promise<Set<PointId>> {
  const firstOf = new Map<PointId, PointId>()
  for (const point of others) {
    const key = keyOfChunk(point.payload)
    if (key !== null && chunkId(key, chunkNumber(point)) === point.id) firstOf.set(point.id, chunkId(key, 0))
  }
  const firsts = await store.retrieve(collection, [...new Set(firstOf.values())])
  const counts = new Map(firsts.map((first) => [first.id, chunksIn(first.payload)]))
  const led = others.filter((point) => (counts.get(firstOf.get(point.id) ?? '') ?? 0) > chunkNumber(point))
  return new Set(led.map(({ id }) => id))
}

/** A chunk whose document cannot be put together: nobody brings it along. */
function orphan(point: StoredPoint): StoredTexts {
  const reason = `Expected the first chunk of document ${nameOf(point)} to be there, and to count chunk ${chunkNumber(point)}; ingest it again.`
  return { points: [point], whole: null, reason }
}

/** The id of a chunk's document, for a message. */
function nameOf({ payload }: StoredPoint): string {
  return JSON.stringify(payload?.[STORED_FIELDS.documentId] ?? null)
}

function alone(point: StoredPoint): StoredTexts {
  return { points: [point], whole: null, reason: null }
}

/**
 * The text that chunks were cut from, in their order; null where one does not say its text or place. What lay between two chunks was white space: one
 * character of it was a blank, more of it the end of a paragraph.
 */
function joinChunks(chunks: readonly StoredPoint[], plan: CollectionPlan): string | null {
  const parts: string[] = []
  let end = 0
  for (const chunk of chunks) {
    const text = storedTextOf(chunk, plan)
    const { [STORED_FIELDS.start]: start, [STORED_FIELDS.end]: chunkEnd } = chunk.payload as Payload
    if (text === undefined || typeof start !== 'number' || chunkEnd !== start + text.length || chunkEnd < end)
      return null
    const gap = start - end
    if (gap > 0) parts.push(gap === 1 ? ' ' : '\n\n')
    parts.push(text.slice(Math.max(0, -gap)))
    end = chunkEnd
  }
  return parts.join('')
}
