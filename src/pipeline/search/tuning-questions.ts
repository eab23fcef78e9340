import type { Encoder } from '../../encoders/encoder.js'
import type { RankedList, TuningQuestion } from '../../scoring/tune-weights.js'
import type { Filter, Hit, QueryRequest, Store } from '../../stores/store.js'
import { type CollectionPlan, keepsDocumentVectors, type Method } from '../collection/collection-plan.js'
import type { OpenedCollection, PlannedCollection } from '../collection/opened-collection.js'
import type { BeirDataset } from './beir.js'
import { documentIdOf } from './document-id.js'
import { findDocumentLists } from './document-search.js'
import { ownDocumentFilters } from './own-documents.js'
import { type QueryVectors, queryVectors } from './query-vectors.js'
import { buildSearch, documentQuery } from './search.js'

export interface TuningOptions {
  readonly onProgress?: (done: number, total: number) => void
  /** Once aborted, no further question is searched. */
  readonly signal?: AbortSignal
}

type TuningStore = Pick<Store, 'query' | 'queryBatch' | 'retrieve'>

/** Questions that are encoded at once. */
const AT_ONCE = 256

/**
 * What each list of a search finds for every judged question, as long as `search` fuses them. With it weights are chosen by numbers alone.
 * @returns the lists by their names, and the questions with their lists in this order
 */
export async function readTuningQuestions(
  dataset: BeirDataset,
  opened: OpenedCollection<Encoder, TuningStore>,
  { onProgress, signal }: TuningOptions = {},
): Promise<{ lists: readonly Method[]; questions: TuningQuestion[] }> {
  const { plan, encoder } = opened
  const lists = (['dense', 'bm25', 'late'] as const).filter((method) => plan.vectors[method] !== undefined)
  const filters = await ownDocumentFilters(dataset, opened)
  const questions: TuningQuestion[] = []
  for (let begin = 0; begin < dataset.queries.length; begin += AT_ONCE) {
    const some = dataset.queries.slice(begin, begin + AT_ONCE)
    const texts = some.map(({ text }) => text)
    const encoded = await encoder.encode(texts, 'query')
    for (const [i, { id }] of some.entries()) {
      signal?.throwIfAborted()
      const found = await readLists(opened, lists, queryVectors(encoded, i), filters.get(id))
      questions.push({ ...found, judgements: dataset.qrels.get(id)! })
      onProgress?.(questions.length, dataset.queries.length)
    }
  }
  return { lists, questions }
}

async function readLists(
  { store, collection, plan }: PlannedCollection<TuningStore>,
  lists: readonly Method[],
  vectors: QueryVectors,
  filter: Filter | undefined,
): Promise<Pick<TuningQuestion, 'lists' | 'documents'>> {
  const options = filter === undefined ? {} : { filter }
  if (keepsDocumentVectors(plan)) {
    const query = documentQuery(plan, vectors, options)
    const found = await findDocumentLists({ store, collection, plan }, vectors, query)
    // a list without a share only finds the chunks to be shown
    const counted = (method: Method) => found.filter((list) => list.method === method && list.share > 0)
    return {
      lists: lists.map((method) =>
        counted(method).map(({ documents }) => rankedList([...documents.values()], (hit) => documentOf(hit, plan))),
      ),
    }
  }
  const requests = buildSearch(plan, vectors, options)
  const documents = new Map<string, string>()
  const found: RankedList[][] = []
  for (const list of lists) {
    const hits = await store.query(collection, { ...requests[list], with_payload: true } as QueryRequest)
    for (const hit of hits) documents.set(String(hit.id), documentOf(hit, plan))
    found.push([rankedList(hits, ({ id }) => String(id))])
  }
  return { lists: found, documents }
}

function documentOf(hit: Hit, plan: CollectionPlan): string {
  return String(documentIdOf(hit, plan))
}

function rankedList(hits: readonly Hit[], nameOf: (hit: Hit) => string): RankedList {
  return { items: hits.map(nameOf), scores: hits.map(({ score }) => score) }
}
