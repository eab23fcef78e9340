import type { PointId } from '../../document.js'
import type { Encoder } from '../../encoders/encoder.js'
import { InputError, optionError } from '../../errors.js'
import type { Hit, QueryRequest, Store } from '../../stores/store.js'
import {
  type CollectionPlan,
  keepsDocumentVectors,
  type ListWeights,
  type Method,
} from '../collection/collection-plan.js'
import { METHODS } from '../collection/methods.js'
import type { OpenedCollection, PlannedCollection } from '../collection/opened-collection.js'
import { documentIdOf } from './document-id.js'
import { type DocumentQuery, searchDocuments } from './document-search.js'
import { type QueryVectors, queryVectors } from './query-vectors.js'
import { rerankHits, type ScorePairs } from './rerank-hits.js'
import type { RankedHit, Ranks, SearchOptions } from './search-options.js'

const DEFAULT_LIMIT = 10
const DEFAULT_PREFETCH = 100

/** Constant of reciprocal rank fusion; Qdrant's own default. */
const RRF_K = 2

/** @throws InputError `METHOD_MISSING` naming what the collection has */
function requireMethods(wanted: readonly Method[], plan: CollectionPlan): void {
  const missing = wanted.find((method) => plan.vectors[method] === undefined)
  if (missing === undefined) return
  const present = METHODS.filter((method) => plan.vectors[method] !== undefined).join(', ')
  throw new InputError('METHOD_MISSING', `Expected ${missing} vectors in the collection, which has ${present} only.`)
}

/** The lists of a search, each as a request of its own, and the request that gives the hits. */
export interface SearchRequests {
  readonly main: QueryRequest
  readonly dense?: QueryRequest
  readonly bm25?: QueryRequest
  readonly late?: QueryRequest
  readonly fused?: QueryRequest
}

/**
 * The whole search as Qdrant requests: dense and BM25 are prefetched, late interaction is scored over the documents of both as a third list,
 * and all lists are fused; with `rerank`, late interaction alone orders the fused candidates.
 * @throws InputError `METHOD_MISSING` if the collection lacks the vectors of a method that was asked for; `INVALID_OPTION` for weights without effect
 */
export function buildSearch(plan: CollectionPlan, vectors: QueryVectors, options: SearchOptions = {}): SearchRequests {
  const { fusion = 'dbsf', rerank = false, limit = DEFAULT_LIMIT, prefetch: depth = DEFAULT_PREFETCH, filter } = options
  requireMethods([...(options.methods ?? []), ...(rerank ? ['late' as const] : [])], plan)
  const methods = options.methods ?? METHODS.filter((method) => plan.vectors[method] !== undefined)
  const nearest = (method: 'dense' | 'bm25') => ({
    query: vectors[method]!,
    using: plan.vectors[method]!.vector,
    limit: depth,
  })
  const candidateMethods = (['dense', 'bm25'] as const).filter(
    (method) => plan.vectors[method] !== undefined && vectors[method] !== undefined,
  )
  const chosen = candidateMethods.filter((method) => methods.includes(method))
  // late interaction alone still needs candidates to score: those of every other list
  const candidates = (chosen.length > 0 ? chosen : candidateMethods).map(nearest)
  const fuse = fusion === 'rrf' ? { rrf: { k: RRF_K } } : { fusion: 'dbsf' as const }
  const hasLate = plan.vectors.late !== undefined && vectors.late !== undefined && (methods.includes('late') || rerank)
  const late = hasLate
    ? {
        ...(candidates.length > 0 && { prefetch: candidates }),
        query: vectors.late!,
        using: plan.vectors.late!.vector,
        limit: depth * Math.max(1, candidates.length),
      }
    : undefined
  const all: Method[] = [...chosen, ...(late !== undefined && methods.includes('late') ? (['late'] as const) : [])]
  const counts = weightsOf(all, plan, options)
  const fused = all.filter((method) => counts(method) > 0)
  const lists = fused.map((method) => (method === 'late' ? late! : nearest(method)))
  const weights = fused.map(counts)
  const firstStage = candidates.length === 1 ? candidates[0]! : { prefetch: candidates, query: fuse, limit: depth }

  let main: Record<string, unknown>
  if (rerank && late !== undefined && candidates.length > 0)
    main = { prefetch: [firstStage], query: late.query, using: late.using }
  else if (lists.length === 1) main = { ...lists[0] }
  // by score only their ratios count; by rank they change the shape of each list
  else if (weights.every((weight) => weight === (fusion === 'rrf' ? 1 : weights[0])))
    main = { prefetch: lists, query: fuse }
  else if (fusion === 'rrf') main = { prefetch: lists, query: { rrf: { k: RRF_K, weights } } }
  else main = weightedByScore(lists, weights)
  // chunks become documents afterwards: what is wanted of them is everything that was found
  const found = rerank || lists.length === 1 ? depth : depth * lists.length

  const settings = filter === undefined ? {} : { filter }
  const listed = (list: object | undefined) => list && ({ ...list, ...settings } as QueryRequest)
  const requests: { -readonly [K in keyof SearchRequests]: SearchRequests[K] } = {
    main: {
      ...main,
      ...settings,
      limit: plan.chunking === null ? limit : Math.max(limit, found),
      with_payload: true,
    } as QueryRequest,
  }
  for (const method of chosen) requests[method] = listed(nearest(method))!
  if (late !== undefined) requests.late = listed(late)!
  if (rerank && late !== undefined && candidates.length > 0) requests.fused = listed(firstStage)!
  return requests
}

/**
 * How much each of the fused lists counts. The weights of a collection are of a fusion by score of all its lists, and hold for no other.
 * @throws InputError `INVALID_OPTION` for weights of lists that take no part, or that leave none
 */
function weightsOf(
  lists: readonly Method[],
  plan: CollectionPlan,
  { weights, methods, fusion = 'dbsf', rerank = false }: SearchOptions,
): (method: Method) => number {
  const counts = (of: ListWeights | undefined) => (method: Method) => of?.[method] ?? 1
  const isEmpty = (of: ListWeights | undefined) => lists.every((method) => counts(of)(method) === 0)
  if (weights === undefined) {
    const isUsual = methods === undefined && fusion === 'dbsf' && !rerank
    return counts(isUsual && !isEmpty(plan.weights) ? plan.weights : undefined)
  }
  const idle = METHODS.find((method) => (weights[method] ?? 0) > 0 && !lists.includes(method))
  if (!rerank && idle === undefined && !isEmpty(weights)) return counts(weights)
  const found = rerank ? 'rerank, which orders by late interaction alone' : (idle ?? 'none above 0')
  throw optionError(
    `weights: expected some of the lists that are fused (${lists.join(', ')}), one of them above 0, got ${found}.`,
  )
}

/**
 * Fusion by score has no weights of its own: each list is scaled by a fusion of it alone, and a formula adds up what each list gives a document,
 * which is nothing where it is not in the list.
 */
function weightedByScore(
  lists: readonly { readonly limit: number }[],
  weights: readonly number[],
): Record<string, unknown> {
  const prefetch = lists.map((list) => ({ prefetch: [list], query: { fusion: 'dbsf' }, limit: list.limit }))
  const sum = weights.map((weight, i) => ({ mult: [weight, `$score[${i}]`] }))
  return { prefetch, query: { formula: { sum } } }
}

/**
 * Hybrid search: the query is encoded once and answered by one request to the store. In a collection of chunks a document is found
 * by its best chunk, which is the hit.
 * @param scorePairs orders the first hits anew by their texts, as many as are prefetched; their scores are its logits
 * @throws StoreError `COLLECTION_MISSING`; InputError `COLLECTION_MISMATCH` where points have no text for `scorePairs`
 */
export async function search(
  { store, collection, plan, encoder }: OpenedCollection<Encoder, Pick<Store, 'queryBatch'>>,
  query: string,
  options: SearchOptions = {},
  scorePairs?: ScorePairs,
): Promise<RankedHit[]> {
  const { limit = DEFAULT_LIMIT, prefetch = DEFAULT_PREFETCH } = options
  const found = scorePairs === undefined ? limit : Math.max(limit, prefetch)
  const vectors = queryVectors(await encoder.encode([query], 'query'), 0)
  const searching = { ...options, limit: found }
  const documents = keepsDocumentVectors(plan)
    ? await searchDocuments({ store, collection, plan }, vectors, documentQuery(plan, vectors, searching))
    : await searchPoints({ store, collection, plan }, vectors, searching)
  return scorePairs === undefined ? documents : (await rerankHits(query, documents, scorePairs)).slice(0, limit)
}

/** The search of a collection whose documents have no vectors beside those of their chunks. */
async function searchPoints(
  { store, collection, plan }: PlannedCollection<Pick<Store, 'queryBatch'>>,
  vectors: QueryVectors,
  options: SearchOptions & { readonly limit: number },
): Promise<RankedHit[]> {
  const requests = buildSearch(plan, vectors, options)
  const names = (['dense', 'bm25', 'late', 'fused'] as const).filter((name) => requests[name] !== undefined)
  const [hits, ...lists] = await store.queryBatch(collection, [requests.main, ...names.map((name) => requests[name]!)])
  const rankIn = new Map(names.map((name, i) => [name as keyof Ranks, rankById(lists[i]!)]))
  const isFused = requests.fused === undefined && 'prefetch' in requests.main
  const ranked = hits!.map((hit, i) => ({
    ...hit,
    documentId: documentIdOf(hit, plan),
    ranks: {
      dense: rankIn.get('dense')?.get(hit.id) ?? null,
      bm25: rankIn.get('bm25')?.get(hit.id) ?? null,
      fused: isFused ? i + 1 : (rankIn.get('fused')?.get(hit.id) ?? null),
      late: rankIn.get('late')?.get(hit.id) ?? null,
    },
  }))
  return plan.chunking === null ? ranked : bestChunks(ranked).slice(0, options.limit)
}

/** A search with nothing left out, for {@link searchDocuments}. @throws InputError `METHOD_MISSING`, `INVALID_OPTION` */
export function documentQuery(plan: CollectionPlan, vectors: QueryVectors, options: SearchOptions): DocumentQuery {
  const { fusion = 'dbsf', rerank = false, limit = DEFAULT_LIMIT, prefetch = DEFAULT_PREFETCH } = options
  requireMethods([...(options.methods ?? []), ...(rerank ? ['late' as const] : [])], plan)
  const methods = options.methods ?? METHODS
  const lists = methods.filter((method) => plan.vectors[method] !== undefined && vectors[method] !== undefined)
  const counts = weightsOf(lists, plan, options)
  const weights = Object.fromEntries(lists.map((method) => [method, counts(method)]))
  return { ...options, methods, fusion, rrfK: RRF_K, weights, rerank, limit, prefetch }
}

/** Each document once, by the first of its chunks. */
export function bestChunks<H extends Pick<RankedHit, 'documentId'>>(hits: readonly H[]): H[] {
  const best = new Map<string | number, H>()
  for (const hit of hits) if (!best.has(hit.documentId)) best.set(hit.documentId, hit)
  return [...best.values()]
}

function rankById(hits: readonly Hit[]): Map<PointId, number> {
  return new Map(hits.map((hit, i) => [hit.id, i + 1]))
}
