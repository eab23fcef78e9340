import { type PointId, pointId, STORED_FIELDS } from '../../document.js'
import type { Filter, Store } from '../../stores/store.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import { chunkId } from '../documents/passage.js'
import type { BeirDataset } from './beir.js'

/** Points that are asked for at once. */
const IDS_AT_ONCE = 500

/**
 * The filter of each query that stands in the corpus itself, under its own id: it would find itself first, and nobody asked for that.
 * BEIR leaves such documents out.
 * @see https://github.com/beir-cellar/beir/blob/main/beir/retrieval/evaluation.py `ignore_identical_ids`
 */
export async function ownDocumentFilters(
  { queries }: Pick<BeirDataset, 'queries'>,
  { store, collection, plan }: PlannedCollection<Pick<Store, 'retrieve'>>,
): Promise<ReadonlyMap<string, Filter>> {
  // an id of digits is a number in some corpora and a string in others
  const keysOf = (id: string): PointId[] => [
    pointId({ id, text: '' }),
    ...(/^\d{1,15}$/.test(id) ? [pointId({ id: Number(id), text: '' })] : []),
  ]
  const { chunking } = plan
  const pointsOf = (key: PointId) => [
    ...(chunking === null || chunking.wholeTokens !== undefined ? [key] : []),
    ...(chunking === null ? [] : [chunkId(key, 0)]),
  ]
  const filters = new Map<string, Filter>()
  for (let begin = 0; begin < queries.length; begin += IDS_AT_ONCE) {
    const some = queries.slice(begin, begin + IDS_AT_ONCE)
    const ids = some.flatMap(({ id }) => keysOf(id).flatMap(pointsOf))
    const there = new Set((await store.retrieve(collection, ids, { payload: false })).map(({ id }) => id))
    for (const { id } of some) {
      const keys = keysOf(id).filter((key) => pointsOf(key).some((point) => there.has(point)))
      if (keys.length > 0) filters.set(id, { must_not: withoutDocument(id, keys, plan) } as Filter)
    }
  }
  return filters
}

function withoutDocument(id: string, keys: readonly PointId[], { chunking }: CollectionPlan): object[] {
  if (chunking === null) return [{ has_id: keys }]
  const names = /^\d{1,15}$/.test(id) ? [id, Number(id)] : [id]
  const isChunk = { should: names.map((value) => ({ key: STORED_FIELDS.documentId, match: { value } })) }
  return [isChunk, ...(chunking.wholeTokens === undefined ? [] : [{ has_id: keys }])]
}
