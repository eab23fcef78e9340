import { type PointId, pointId } from '../../document.js'
import type { Store } from '../../stores/store.js'
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

function keysOf(id: string): PointId[] {
  const asText = pointId({ id, text: '' })
  return /^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? [Number(id), asText] : [asText]
}
