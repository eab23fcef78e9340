import type { PointId } from '../../document.js'
import { fuseByDistribution } from '../../scoring/distribution-based-fusion.js'
import { fuseByReciprocalRank } from '../../scoring/reciprocal-rank-fusion.js'
import { compareIds } from '../../stores/request/point-id.js'
import type { Hit, QueryRequest, Store } from '../../stores/store.js'
import type { CollectionPlan, Method } from '../collection/collection-plan.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import { documentIdOf, documentKeyOf, isWhole } from './document-id.js'
import type { QueryVectors } from './query-vectors.js'
import type { RankedHit, SearchOptions } from './search-options.js'

/** A search by documents, with nothing left out. */
export interface DocumentQuery
  extends Required<Omit<SearchOptions, 'weights' | 'filter'>>,
    Pick<SearchOptions, 'weights' | 'filter'> {
  readonly rrfK: number
}

/** One list of a search, of points, and how much of its method it is. */
interface PointList {
  readonly method: Method
  /** Whether its points are the best chunks of their documents by it; else they stand for whole documents. */
  readonly isOfChunks: boolean
  /** Of what its method counts; 0 for a list that only finds chunks. */
  readonly share: number
  readonly request: { readonly query: unknown; readonly using: string; readonly limit: number }
}

/** A list's documents, the best first. */
export interface DocumentList extends Omit<PointList, 'request'> {
  readonly documents: ReadonlyMap<PointId, Hit>
}

/**
 * Hybrid search in a collection that knows its documents beside their chunks: half of dense is by the document's own vector and half by its best
 * chunk, which are the same for a document in one piece, BM25 is of the whole document, late interaction scores the chunks that any list found.
 * Points become documents before lists are fused, and so it is one batch of lists, and the fusion is done here: no request of Qdrant's fuses groups.
 * @returns the documents, the best first, each by the chunk that is best
 */
export async function searchDocuments(
  place: PlannedCollection<Pick<Store, 'queryBatch'>>,
  vectors: QueryVectors,
  query: DocumentQuery,
): Promise<RankedHit[]> {
  return rankDocuments(await findDocumentLists(place, vectors, query), place.plan, query)
}

/** The lists of {@link searchDocuments}, points made documents. */
export async function findDocumentLists(
  { store, collection, plan }: PlannedCollection<Pick<Store, 'queryBatch'>>,
  vectors: QueryVectors,
  query: DocumentQuery,
): Promise<DocumentList[]> {
  const lists = pointLists(plan, vectors, query)
  const hasLate = lists.some(({ method }) => method === 'late')
  const requests = lists.map(({ method, request }) => ({
    ...request,
    ...(query.filter !== undefined && { filter: query.filter }),
    // late interaction scores the points of all lists: their payloads travel once
    with_payload: !hasLate || method === 'late',
  }))
  const found = await store.queryBatch(collection, requests as QueryRequest[])
  const payloads = new Map(found.flat().flatMap(({ id, payload }) => (payload === null ? [] : [[id, payload]])))
  const hits = found.map((list) => list.map((hit) => ({ ...hit, payload: payloads.get(hit.id) ?? null })))
  const uncut = lists
    .flatMap(({ method, isOfChunks }, i) => (method === 'dense' && !isOfChunks ? hits[i]! : []))
    .filter(({ payload }) => isWhole(payload, plan))
  return lists.map(({ request: { limit }, ...list }, i): DocumentList => {
    const isOfDenseChunks = list.method === 'dense' && list.isOfChunks
    const documents = new Map<PointId, Hit>()
    for (const hit of isOfDenseChunks ? mergeByScore(hits[i]!, uncut).slice(0, limit) : hits[i]!) {
      const key = documentKeyOf(hit, plan)
      if (!documents.has(key)) documents.set(key, hit)
    }
    return { ...list, documents }
  })
}

/** Chunks, and documents in one piece, which are their own best chunk. Collections that were made before have these in both lists. */
function mergeByScore(chunks: readonly Hit[], uncut: readonly Hit[]): Hit[] {
  const hits = new Map([...chunks, ...uncut].map((hit) => [hit.id, hit]))
  return [...hits.values()].sort((a, b) => b.score - a.score || compareIds(a.id, b.id))
}

/** The lists of the methods that take part, and those that only find candidates for late interaction or the chunk to be shown. */
function pointLists(plan: CollectionPlan, vectors: QueryVectors, query: DocumentQuery): PointList[] {
  const { methods, rerank, prefetch: limit } = query
  const there = (['dense', 'bm25'] as const).filter(
    (method) => plan.vectors[method] !== undefined && vectors[method] !== undefined,
  )
  const chosen = there.filter((method) => methods.includes(method))
  const candidates = (chosen.length > 0 ? chosen : there).flatMap((method): PointList[] => {
    const { vector, documentVector } = plan.vectors[method]!
    const list = (using: string, isOfChunks: boolean, share: number) => ({
      ...{ method, isOfChunks, share: chosen.includes(method) || rerank ? share : 0 },
      request: { query: vectors[method]!, using, limit },
    })
    if (documentVector === undefined) return [list(vector, true, 1)]
    const [whole, chunks] = method === 'dense' ? [0.5, 0.5] : [1, 0]
    return [list(documentVector, false, whole), list(vector, true, chunks)]
  })
  const { late } = plan.vectors
  if (late === undefined || vectors.late === undefined || !(methods.includes('late') || rerank)) return candidates
  const prefetch = candidates.map(({ request }) => request)
  const request = {
    ...(prefetch.length > 0 && { prefetch }),
    query: vectors.late,
    using: late.vector,
    limit: limit * Math.max(1, prefetch.length),
  }
  return [...candidates, { method: 'late', isOfChunks: true, share: methods.includes('late') ? 1 : 0, request }]
}

function rankDocuments(lists: readonly DocumentList[], plan: CollectionPlan, query: DocumentQuery): RankedHit[] {
  const late = lists.find(({ method }) => method === 'late')
  const places = {
    dense: placesOf(fuse(ofMethod(lists, 'dense'), query)),
    bm25: placesOf(fuse(ofMethod(lists, 'bm25'), query)),
    late: new Map([...(late?.documents.keys() ?? [])].map((key, i) => [key, i + 1])),
  }
  const isReranked = query.rerank && late !== undefined
  const fused = isReranked
    ? fuse([...ofMethod(lists, 'dense'), ...ofMethod(lists, 'bm25')], query).slice(0, query.prefetch)
    : fuse(lists, query)
  const fusedPlaces = placesOf(fused)
  const ordered = isReranked
    ? fused
        .flatMap(([key]) => (late.documents.has(key) ? [[key, late.documents.get(key)!.score] as const] : []))
        .sort(([a, x], [b, y]) => y - x || fusedPlaces.get(a)! - fusedPlaces.get(b)!)
    : fused
  const shown = [...lists].sort((a, b) => showing(a) - showing(b))
  return ordered.slice(0, query.limit).map(([key, score]) => {
    const hit = shown.map(({ documents }) => documents.get(key)).find((found) => found !== undefined)!
    const placeIn = (name: Method) => places[name].get(key) ?? null
    return {
      ...{ id: hit.id, score, payload: hit.payload, documentId: documentIdOf(hit, plan) },
      ranks: { dense: placeIn('dense'), bm25: placeIn('bm25'), fused: fusedPlaces.get(key)!, late: placeIn('late') },
    }
  })
}

/** The chunk that is shown is the one that late interaction finds best, else dense, else BM25; a whole document's point is its first. */
function showing({ method, isOfChunks }: DocumentList): number {
  return (isOfChunks ? 0 : 3) + ['late', 'dense', 'bm25'].indexOf(method)
}

/** Documents with their scores, the best first; those of a single list keep its scores. */
function fuse(lists: readonly DocumentList[], { fusion, rrfK, weights }: DocumentQuery): [PointId, number][] {
  const weightOf = ({ method, share }: DocumentList) => share * (weights?.[method] ?? 1)
  const counted = lists.filter((list) => weightOf(list) > 0)
  const scoresOf = ({ documents }: DocumentList) => ({
    items: [...documents.keys()],
    scores: [...documents.values()].map(({ score }) => score),
  })
  if (counted.length === 1) return [...counted[0]!.documents].map(([key, { score }]) => [key, score])
  const scores = new Map<PointId, number>()
  if (fusion === 'rrf') {
    const ranked = counted.map(({ documents }) => [...documents.keys()])
    for (const each of fuseByReciprocalRank(ranked, { rrfK, weights: counted.map(weightOf) })) scores.set(...each)
  } else {
    for (const list of counted)
      for (const [key, scaled] of fuseByDistribution([scoresOf(list)]))
        scores.set(key, Math.fround((scores.get(key) ?? 0) + Math.fround(weightOf(list) * scaled)))
  }
  return [...scores].sort(([a, x], [b, y]) => y - x || compareIds(a, b))
}

function ofMethod(lists: readonly DocumentList[], method: Method): DocumentList[] {
  return lists.filter((list) => list.method === method)
}

function placesOf(ranked: readonly (readonly [PointId, number])[]): ReadonlyMap<PointId, number> {
  return new Map(ranked.map(([key], i) => [key, i + 1]))
}
