import type { Payload } from '../../document.js'
import type { Encoder } from '../../encoders/encoder.js'
import type { Judgements } from '../../scoring/metrics.js'
import { bootstrapMean, type Interval } from '../../scoring/paired-bootstrap.js'
import type { Filter, Hit, QueryRequest, Store } from '../../stores/store.js'
import { type CollectionPlan, keepsDocumentVectors } from '../collection/collection-plan.js'
import type { OpenedCollection, PlannedCollection } from '../collection/opened-collection.js'
import type { BeirDataset } from './beir.js'
import { documentIdOf } from './document-id.js'
import { searchDocuments } from './document-search.js'
import type { EvaluationMethod } from './evaluation-methods.js'
import { DEFAULT_METRICS, EVALUATION_DEPTH, type EvaluationMetric } from './evaluation-metrics.js'
import { ownDocumentFilters } from './own-documents.js'
import { type QueryVectors, queryVectors } from './query-vectors.js'
import { rerankHits, type ScorePairs } from './rerank-hits.js'
import { bestChunks, buildSearch, documentQuery } from './search.js'
import type { SearchOptions } from './search-options.js'

/** Means over the queries by the metric's name, each 0 … 1, and `secondsPerQuery`: wall time of the search in the store; encoding the query is not in it. */
export type MethodResult = Readonly<Record<string, number>> & { readonly secondsPerQuery: number }

/** A document that was found, with its score: higher is better. */
export interface EvaluationHit {
  readonly documentId: string
  readonly score: number
  readonly payload: Payload | null
}

/** A query's values by method and metric. */
export type QueryResult = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface EvaluateOptions {
  /** @default nDCG@10, R@10, R@100, RR@10 */
  readonly metrics?: readonly EvaluationMetric[]
  readonly onProgress?: (done: number, total: number) => void
  /** Collections of the same documents that methods search in place of the opened one. */
  readonly places?: ReadonlyMap<EvaluationMethod, EvaluatedPlace>
  /** Orders the hits of `rerank` in place of late interaction: what search does with a reranker. */
  readonly scorePairs?: ScorePairs
  /** Called for each query, and waited for; `hits` are the documents that each method found, the best first. */
  readonly onQuery?: (
    id: string,
    result: QueryResult,
    hits: Readonly<Record<string, readonly EvaluationHit[]>>,
  ) => void | Promise<void>
  /** Once aborted, no further query is searched. */
  readonly signal?: AbortSignal
}

type EvaluatedStore = Pick<Store, 'query' | 'queryBatch' | 'retrieve'>

/** A collection of the documents. */
export type EvaluatedPlace = PlannedCollection<EvaluatedStore>

/** How good each way to search was, as means over the judged questions. */
export interface Evaluation {
  readonly methods: Readonly<Record<string, MethodResult>>
  /** By method: where the mean of the first metric lies with a confidence of 95 %, had other questions of the kind been asked. */
  readonly confidence: Readonly<Record<string, Interval>>
  /** Queries that stand in the corpus under their own id; that document is left out of their hits. */
  readonly ownDocuments: number
}

/** Queries encoded at once; long enough to group short queries of equal length. */
const QUERIES_PER_BATCH = 256

/** Searches every query by every method and holds the results against the judgements. */
export async function evaluate(
  dataset: BeirDataset,
  opened: OpenedCollection<Encoder, EvaluatedStore>,
  methods: readonly EvaluationMethod[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { encoder } = opened
  const { metrics = DEFAULT_METRICS, onProgress, onQuery, places, scorePairs, signal } = options
  const { queries, qrels } = dataset
  const filters = new Map<EvaluatedPlace, ReadonlyMap<string, Filter>>()
  const placeOf = (method: EvaluationMethod) => places?.get(method) ?? opened
  for (const place of new Set(methods.map(placeOf))) filters.set(place, await ownDocumentFilters(dataset, place))
  const values: Record<string, Record<string, number[]>> = Object.fromEntries(
    methods.map((method) => [method, Object.fromEntries(metrics.map(({ name }) => [name, []]))]),
  )
  const seconds = Object.fromEntries(methods.map((method) => [method, 0]))
  for (let begin = 0; begin < queries.length; begin += QUERIES_PER_BATCH) {
    const some = queries.slice(begin, begin + QUERIES_PER_BATCH)
    const texts = some.map((query) => query.text)
    const encoded = await encoder.encode(texts, 'query')
    for (const [i, query] of some.entries()) {
      signal?.throwIfAborted()
      const vectors = queryVectors(encoded, i)
      const judgements: Judgements = qrels.get(query.id)!
      const result: Record<string, Record<string, number>> = {}
      const found: Record<string, EvaluationHit[]> = {}
      for (const method of methods) {
        const reranker = method === 'rerank' ? scorePairs : undefined
        const searched = reranker ? 'default' : method
        const place = placeOf(method)
        const started = performance.now()
        const points = await searchBy(searched, place, vectors, filters.get(place)!.get(query.id))
        // of a document's chunks the best one counts
        const named = points.map((hit) => ({ ...hit, documentId: String(documentIdOf(hit, place.plan)) }))
        const documents = bestChunks(named)
        const hits = reranker ? await rerankHits(query.text, documents.slice(0, EVALUATION_DEPTH), reranker) : documents
        seconds[method]! += (performance.now() - started) / 1000
        const ranked = hits.map(({ documentId }) => documentId)
        const measured = metrics.map(({ name, measure }) => [name, measure(ranked, judgements)] as const)
        for (const [name, value] of measured) values[method]![name]!.push(value)
        result[method] = Object.fromEntries(measured)
        found[method] = hits
          .slice(0, EVALUATION_DEPTH)
          .map(({ documentId, score, payload }) => ({ documentId, score, payload }))
      }
      await onQuery?.(query.id, result, found)
      onProgress?.(begin + i + 1, queries.length)
    }
  }
  const mean = (sum: number) => sum / queries.length
  const means = methods.map((method): [string, MethodResult] => {
    const ofMetrics = Object.entries(values[method]!).map(([name, each]) => [
      name,
      mean(each.reduce((a, b) => a + b, 0)),
    ])
    return [method, { ...Object.fromEntries(ofMetrics), secondsPerQuery: mean(seconds[method]!) }]
  })
  const confidence = methods.map((method) => [method, bootstrapMean(values[method]![metrics[0]!.name]!)] as const)
  const [found] = filters.values()
  const ownDocuments = found?.size ?? 0
  return { methods: Object.fromEntries(means), confidence: Object.fromEntries(confidence), ownDocuments }
}

function searchBy(
  method: EvaluationMethod,
  { store, collection, plan }: PlannedCollection<Pick<Store, 'query' | 'queryBatch'>>,
  vectors: QueryVectors,
  filter: Filter | undefined,
): Promise<Hit[]> {
  const common = { limit: EVALUATION_DEPTH, ...(filter !== undefined && { filter }) }
  if (!keepsDocumentVectors(plan)) return store.query(collection, evaluationRequest(method, plan, vectors, common))
  const isDenseLate = method === 'dense+late'
  // what is late over dense alone has no other lists
  const searched = isDenseLate ? { ...plan, vectors: pickDense(plan.vectors) } : plan
  const query = documentQuery(searched, vectors, { ...common, ...OPTIONS_OF[method] })
  return searchDocuments({ store, collection, plan: searched }, vectors, query)
}

/** How a method searches; `dense+late` in a collection without bm25. */
const OPTIONS_OF: Readonly<Record<EvaluationMethod, SearchOptions>> = {
  dense: { methods: ['dense'] },
  bm25: { methods: ['bm25'] },
  late: { methods: ['late'] },
  'dense+late': { methods: ['late'] },
  rrf: { methods: ['dense', 'bm25'], fusion: 'rrf' },
  dbsf: { methods: ['dense', 'bm25'], fusion: 'dbsf' },
  default: {},
  rerank: { rerank: true },
}

function pickDense({ dense, late }: CollectionPlan['vectors']): CollectionPlan['vectors'] {
  return { ...(dense && { dense }), ...(late && { late }) }
}

function evaluationRequest(
  method: EvaluationMethod,
  plan: CollectionPlan,
  vectors: QueryVectors,
  common: Pick<SearchOptions, 'limit' | 'filter'>,
): QueryRequest {
  if (method !== 'dense+late') return buildSearch(plan, vectors, { ...common, ...OPTIONS_OF[method] }).main
  const { dense, late } = plan.vectors
  const prefetch = { query: vectors.dense, using: dense!.vector, limit: 100 }
  return { ...common, prefetch, query: vectors.late, using: late!.vector, with_payload: true } as QueryRequest
}
