import { isSmallBetter, shownScore } from '../../../scoring/distance.js'
import { prepareMaxSim } from '../../../scoring/max-sim.js'
import { TopK } from '../../../scoring/top-k.js'
import type { Multivector, SparseVector, Vector } from '../../../vectors.js'
import { DEFAULT_PARAMS, type SearchParams } from '../../request/query-node.js'
import { type RowSpace, spaceSimilarity, type VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { compareSlots, searchDense } from './dense-search.js'
import type { SlotTest } from './filter-test.js'
import { keepWhere, type Ranking } from './ranking.js'
import { compareSparse, searchPostings } from './sparse-search.js'

/** The points that a search may find. */
export interface Candidates {
  /** Live slots to look at; null is every point. */
  readonly slots: readonly number[] | null
  /** Null lets every point through. */
  readonly test: SlotTest | null
}

/**
 * The `limit` points whose vectors are nearest to a query vector.
 * @param query as {@link fitVector} gives it
 * @param threshold float32; scores must be better than it, equal is not enough
 */
export function searchNearest(
  collection: Collection,
  space: VectorSpace,
  query: Vector,
  candidates: Candidates,
  limit: number,
  threshold: number | null,
  params: SearchParams = DEFAULT_PARAMS,
): Ranking {
  const { slots, test } = candidates
  const top = new TopK(limit, collection.compareSlots)
  if (space.kind === 'sparse') {
    const sparse = query as SparseVector
    if (slots) compareSparse(collection, space, sparse, slots, test, top)
    else searchPostings(collection, space, sparse, test, top)
  } else if (space.kind === 'multivector') scanMultivectors(collection, space, query as Multivector, candidates, top)
  else if (slots) compareSlots(collection, space, query as Float32Array, slots, test, top)
  else searchDense(collection, space, query as Float32Array, test, top, limit, params)
  const { items, scores } = top.sorted()
  const ranking = { slots: items, scores: scores.map(shownIn(space)) }
  if (threshold === null) return ranking
  const isKept = betterThan(space, threshold)
  return keepWhere(ranking, (_, score) => isKept(score))
}

/** Whether a score shown for a vector of the space is better than a threshold. */
export function betterThan(space: VectorSpace, threshold: number): (score: number) => boolean {
  return space.kind !== 'sparse' && isSmallBetter(space.distance)
    ? (score) => score < threshold
    : (score) => score > threshold
}

function shownIn(space: VectorSpace): (similarity: number) => number {
  return space.kind === 'sparse' ? Math.fround : (similarity) => shownScore(space.distance, similarity)
}

function scanMultivectors(
  collection: Collection,
  space: RowSpace,
  query: Multivector,
  { slots, test }: Candidates,
  top: TopK,
): void {
  const score = prepareMaxSim(query, spaceSimilarity(space))
  const column = collection.table.multivector(space.name)
  for (const slot of slots ?? liveSlots(collection)) {
    if (!column.has(slot) || (test && !test(slot))) continue
    top.offer(slot, Math.fround(score(column.view(slot)!)))
  }
}

export function* liveSlots(collection: Collection): Iterable<number> {
  const { slotCount } = collection.table
  for (let slot = 0; slot < slotCount; slot++) if (collection.isLive(slot)) yield slot
}
