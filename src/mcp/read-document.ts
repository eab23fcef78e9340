import { type Payload, type PointId, pointId, STORED_FIELDS } from '../document.js'
import type { CollectionPlan } from '../pipeline/collection/collection-plan.js'
import { isChunk } from '../pipeline/search/document-id.js'
import type { Filter, Store } from '../stores/store.js'

/** A document as it was stored, put together again where it was cut into chunks. */
export interface ReadDocument {
  readonly collection: string
  readonly id: string | number
  readonly text: string
  /** All other fields. */
  readonly fields: Payload
}

/** Chunks of a document that are read; those of a text of some megabytes. */
const MAX_CHUNKS = 10_000
/** Numbers that somebody may have written as a text. */
const DIGITS = /^(0|[1-9]\d{0,15})$/

/**
 * A document by the id that its input gave it, or by that of its point.
 * @returns null where there is none
 * @throws StoreError `COLLECTION_MISSING`, …
 */
export async function readDocument(
  store: Pick<Store, 'retrieve' | 'scroll'>,
  collection: string,
  plan: CollectionPlan,
  id: string | number,
): Promise<ReadDocument | null> {
  const ids = typeof id === 'string' && DIGITS.test(id) ? [id, Number(id)] : [id]
  for (const each of ids) {
    const named = plan.chunking === null ? [] : await chunksOf(store, collection, each)
    // a field of an uncut document may have the name
    const points = named.filter((payload) => isChunk(payload, plan))
    const found = points.length > 0 ? points : await pointOf(store, collection, each)
    if (found.length > 0) return { collection, id: each, ...joinChunks(found) }
  }
  return null
}

async function chunksOf(store: Pick<Store, 'scroll'>, collection: string, id: string | number): Promise<Payload[]> {
  const filter = { must: [{ key: STORED_FIELDS.documentId, match: { value: id } }] } as Filter
  const chunks: Payload[] = []
  let offset: PointId | null = null
  do {
    const { points, next } = await store.scroll(collection, { filter, limit: 256, ...(offset !== null && { offset }) })
    chunks.push(...points.map(({ payload }) => payload ?? {}))
    offset = next
  } while (offset !== null && chunks.length < MAX_CHUNKS)
  return chunks.sort((a, b) => startOf(a) - startOf(b))
}

async function pointOf(store: Pick<Store, 'retrieve'>, collection: string, id: string | number): Promise<Payload[]> {
  const isPointId = typeof id === 'string' || (Number.isSafeInteger(id) && id >= 0)
  if (!isPointId) return []
  const points = await store.retrieve(collection, [pointId({ id, text: '' })])
  return points.map(({ payload }) => payload ?? {})
}

/** Chunks overlap: each gives what those before it have not. */
function joinChunks(chunks: readonly Payload[]): { text: string; fields: Payload } {
  let text = ''
  let end = 0
  for (const chunk of chunks) {
    const part = String(chunk[STORED_FIELDS.text] ?? '')
    const start = chunks.length === 1 ? 0 : startOf(chunk)
    if (start > end) text += '\n'
    text += start > end ? part : part.slice(end - start)
    end = Math.max(end, start + part.length)
  }
  const own: readonly string[] = Object.values(STORED_FIELDS)
  const fields = Object.fromEntries(Object.entries(chunks[0]!).filter(([name]) => !own.includes(name)))
  return { text, fields }
}

function startOf(chunk: Payload): number {
  return Number(chunk[STORED_FIELDS.start] ?? 0)
}
