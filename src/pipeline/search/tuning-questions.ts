import type { Encoder } from '../../encoders/encoder.js'
import type { RankedList, TuningQuestion } from '../../scoring/tune-weights.js'
import type { Hit, QueryRequest, Store } from '../../stores/store.js'
import { type CollectionPlan, keepsDocumentVectors, type Method } from '../collection/collection-plan.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import type { BeirDataset } from './beir.js'
import { documentIdOf } from './document-id.js'
import { ownDocumentFilters } from './own-documents.js'
import { queryVectors } from './query-vectors.js'
import { buildSearch, findDocuments } from './search.js'

export interface TuningOptions {
  readonly onProgress?: (done: number, total: number) => void
  /** Once aborted, no further question is searched. */
  readonly signal?: AbortSignal
}

/** Documents of a list, all that are found: both lists of dense are one here, whose scores are scaled once more when it is fused. */
const DOCUMENTS = 1000
/** Questions that are encoded at once. */
const AT_ONCE = 256

/**
 * What each list of a search finds for every judged question, as long as `search` fuses them. With it weights are chosen by numbers alone.
 * @returns the lists by their names, and the questions with their lists in this order
 */
export async function readTuningQuestions(
  dataset: BeirDataset,
  opened: OpenedCollection<Encoder, Pick<Store, 'query' | 'queryBatch' | 'retrieve'>>,
  { onProgress, signal }: TuningOptions = {},
): Promise<{ lists: readonly Method[]; questions: TuningQuestion[] }> {
  const { store, collection, plan, encoder } = opened
  const lists = (['dense', 'bm25', 'late'] as const).filter((method) => plan.vectors[method] !== undefined)
  const filters = await ownDocumentFilters(dataset, opened)
  const questions: TuningQuestion[] = []
  for (let begin = 0; begin < dataset.queries.length; begin += AT_ONCE) {
    const some = dataset.queries.slice(begin, begin + AT_ONCE)
    const encoded = await encoder.encode(
      some.map(({ text }) => text),
      'query',
    )
    for (const [i, { id }] of some.entries()) {
      signal?.throwIfAborted()
      const filter = filters.get(id)
      const filtered = filter === undefined ? {} : { filter }
      const requests = buildSearch(plan, queryVectors(encoded, i), filtered)
      const documents = new Map<string, string>()
      const found: RankedList[] = []
      for (const list of lists) {
        if (keepsDocumentVectors(plan)) {
          const options = { ...filtered, methods: [list], limit: DOCUMENTS }
          const hits = await findDocuments({ store, collection, plan }, queryVectors(encoded, i), options)
          found.push({
            items: hits.map(({ documentId }) => String(documentId)),
            scores: hits.map(({ score }) => score),
          })
          continue
        }
        const request = { ...requests[list], with_payload: true } as QueryRequest
        found.push(rankedList(await store.query(collection, request), plan, documents))
      }
      questions.push({ lists: found, documents, judgements: dataset.qrels.get(id)! })
      onProgress?.(questions.length, dataset.queries.length)
    }
  }
  return { lists, questions }
}

function rankedList(hits: readonly Hit[], plan: CollectionPlan, documents: Map<string, string>): RankedList {
  for (const hit of hits) documents.set(String(hit.id), String(documentIdOf(hit, plan)))
  return { items: hits.map(({ id }) => String(id)), scores: hits.map(({ score }) => score) }
}
