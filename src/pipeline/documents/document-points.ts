import { isDocumentId, type Payload, type PointId, pointId, STORED_FIELDS } from '../../document.js'
import { isWholeNumber } from '../../options.js'
import type { Filter, Store, StoredPoint } from '../../stores/store.js'
import { chunkId, chunksIn } from './passage.js'

/** Documents that are looked for at once; each is at most four points of the question. */
const DOCUMENTS = 100

export interface DocumentPoints {
  /** The points that are there. */
  readonly points: PointId[]
  /** Ids of which there is no point. */
  readonly missing: string[]
}

/**
 * The points of documents by the ids that their input gave them, or that the points have: each itself, and its chunks. Plain digits are the id of
 * an integer and of a text.
 */
export async function findDocumentPoints(
  store: Store,
  collection: string,
  ids: readonly string[],
): Promise<DocumentPoints> {
  const points = new Set<PointId>()
  const missing: string[] = []
  for (let begin = 0; begin < ids.length; begin += DOCUMENTS) {
    const documents = ids.slice(begin, begin + DOCUMENTS).map((id) => ({ id, keys: keysOf(id) }))
    const keys = documents.flatMap((document) => document.keys)
    const firstChunks = new Map(keys.map((key) => [chunkId(key, 0), key]))
    const asked = [...keys, ...firstChunks.keys()]
    const found = new Map((await store.retrieve(collection, asked)).map(({ id, payload }) => [id, payload]))
    for (const { id, keys: own } of documents) {
      const chunks = own.flatMap((key) => {
        const count = chunksIn(found.get(chunkId(key, 0)))
        return Array.from({ length: count }, (_, chunk) => chunkId(key, chunk))
      })
      const those = [...own.filter((key) => found.has(key)), ...chunks]
      if (those.length === 0) missing.push(id)
      for (const point of those) points.add(point)
    }
  }
  return { points: [...points], missing }
}

/** Points that are read at once. */
const PAGE_POINTS = 1000

export interface MatchedDocuments {
  /** The points that match, and the other chunks of their documents. */
  readonly points: PointId[]
  /** Each once: the id of a document that is cut, the point's of one that is not. */
  readonly documents: string[]
}

/** The points of all documents of which a point matches a filter. */
export async function findMatchingDocuments(
  store: Store,
  collection: string,
  filter: Filter,
): Promise<MatchedDocuments> {
  const points = new Set<PointId>()
  const documents = new Set<string>()
  let next: PointId | null | undefined
  while (next !== null) {
    const offset = next === undefined ? {} : { offset: next }
    const page = await store.scroll(collection, { filter, limit: PAGE_POINTS, ...offset })
    const others = new Set<PointId>()
    for (const point of page.points) {
      points.add(point.id)
      const chunks = siblingsOf(point)
      documents.add(String(chunks.length > 0 ? point.payload![STORED_FIELDS.documentId] : point.id))
      for (const id of chunks) if (!points.has(id)) others.add(id)
    }
    for (const id of await findThere(store, collection, [...others])) points.add(id)
    next = page.next
  }
  return { points: [...points], documents: [...documents] }
}

/** Ids of all chunks of the document that a point is a chunk of; none where it is not one that offgrid cut. */
function siblingsOf({ id, payload }: StoredPoint): PointId[] {
  const key = keyOfChunk(payload)
  const number: unknown = payload?.[STORED_FIELDS.chunk]
  if (key === null || !isWholeNumber(number) || chunkId(key, number) !== id) return []
  return Array.from({ length: Math.max(chunksIn(payload), number + 1) }, (_, chunk) => chunkId(key, chunk))
}

async function findThere(store: Store, collection: string, ids: readonly PointId[]): Promise<PointId[]> {
  const there: PointId[] = []
  for (let begin = 0; begin < ids.length; begin += PAGE_POINTS) {
    const found = await store.retrieve(collection, ids.slice(begin, begin + PAGE_POINTS), { payload: false })
    there.push(...found.map(({ id }) => id))
  }
  return there
}

/** The id that the point of a chunk's document would have; null where the chunk does not say it. */
export function keyOfChunk(payload: Payload | null): PointId | null {
  const id: unknown = payload?.[STORED_FIELDS.documentId] ?? null
  return id !== null && isDocumentId(id) ? pointId({ id, text: '' }) : null
}

function keysOf(id: string): PointId[] {
  const asText = pointId({ id, text: '' })
  return /^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? [Number(id), asText] : [asText]
}
