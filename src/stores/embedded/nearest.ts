import { isSmallBetter, shownScore } from '../../scoring/distance.js'
import { prepareMaxSim } from '../../scoring/max-sim.js'
import { sparseDotProduct } from '../../scoring/sparse-dot-product.js'
import { TopK } from '../../scoring/top-k.js'
import type { Multivector, SparseVector, Vector } from '../../vectors.js'
import type { Collection } from './collection.js'
import type { SlotTest } from './filter-test.js'
import { keepScores, NOTHING, type Ranking } from './ranking.js'
import { weighByIdf } from './sparse-query.js'
import { roundToHalf } from './vector-rounding.js'
import { type RowSpace, spaceSimilarity, type VectorSpace } from './vector-space.js'

/** The points that a search may find. */
export interface Candidates {
  /** Live slots to look at; null is every point. */
  readonly slots: readonly number[] | null
  /** Null lets every point through. */
  readonly test: SlotTest | null
}

/**
 * The `limit` points whose vectors are nearest to a query vector, exactly: no index approximates.
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
): Ranking {
  const top = new TopK(limit, collection.compareSlots)
  if (space.kind === 'sparse') {
    const weighted = weighByIdf(collection, space, query as SparseVector)
    if (weighted.indices.length === 0) return NOTHING
    if (candidates.slots) scanSparse(collection, space, weighted, candidates, top)
    else scanPostings(collection, space, weighted, candidates.test, top)
    return shown(top, Math.fround, threshold === null ? null : (score) => score > threshold)
  }
  if (space.kind === 'dense') scanDense(collection, space, query as Float32Array, candidates, top)
  else scanMultivectors(collection, space, query as Multivector, candidates, top)
  const show = (similarity: number) => shownScore(space.distance, similarity)
  return shown(top, show, threshold === null ? null : betterThan(space, threshold))
}

function betterThan(space: RowSpace, threshold: number): (score: number) => boolean {
  return isSmallBetter(space.distance) ? (score) => score < threshold : (score) => score > threshold
}

function shown(top: TopK, show: (similarity: number) => number, isKept: ((score: number) => boolean) | null): Ranking {
  const { items, scores } = top.sorted()
  const ranking = { slots: items, scores: scores.map(show) }
  return isKept ? keepScores(ranking, isKept) : ranking
}

/** The filter is asked last, and only of what would be kept: it may have to read a payload from disk. */
function offer(top: TopK, slot: number, similarity: number, test: SlotTest | null): void {
  const score = Math.fround(similarity)
  if (top.wouldKeep(slot, score) && (test === null || test(slot))) top.offer(slot, score)
}

function scanDense(
  collection: Collection,
  space: RowSpace,
  query: Float32Array,
  { slots, test }: Candidates,
  top: TopK,
): void {
  const similarity = spaceSimilarity(space)
  const column = collection.table.dense(space.name)
  const { dimension } = space
  if (slots) {
    for (const slot of slots) {
      const vector = column.vector(slot)
      if (vector) offer(top, slot, similarity(query, 0, vector, 0, dimension), test)
    }
    return
  }
  for (const { firstSlot, count, values } of column.blocks()) {
    for (let row = 0; row < count; row++) {
      const slot = firstSlot + row
      if (collection.isLive(slot) && column.has(slot)) {
        offer(top, slot, similarity(query, 0, values, row * dimension, dimension), test)
      }
    }
  }
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
    offer(top, slot, score(column.vector(slot)!), null)
  }
}

function scanSparse(
  collection: Collection,
  space: Extract<VectorSpace, { kind: 'sparse' }>,
  query: SparseVector,
  { slots, test }: Candidates,
  top: TopK,
): void {
  const column = collection.table.sparse(space.name)
  for (const slot of slots!) {
    const vector = column.vector(slot)
    const score = vector ? sparseDotProduct(query, space.isHalf ? halved(vector) : vector) : null
    if (score) offer(top, slot, score, test)
  }
}

/** Adds up the postings of the query's indices by slot. A sum of exactly 0 is no match, as on the server. */
function scanPostings(
  collection: Collection,
  space: Extract<VectorSpace, { kind: 'sparse' }>,
  query: SparseVector,
  test: SlotTest | null,
  top: TopK,
): void {
  const column = collection.table.sparse(space.name)
  const sums = new Float32Array(collection.table.slotCount)
  for (let i = 0; i < query.indices.length; i++) {
    const postings = column.postings(query.indices[i]!)
    if (!postings) continue
    const { slots } = postings
    const values = space.isHalf ? postings.values.slice() : postings.values
    if (space.isHalf) roundToHalf(values)
    const weight = query.values[i]!
    for (let j = 0; j < slots.length; j++) sums[slots[j]!]! += weight * values[j]!
  }
  for (let slot = 0; slot < sums.length; slot++) {
    if (sums[slot] !== 0 && collection.isLive(slot)) offer(top, slot, sums[slot]!, test)
  }
}

/** The vector as an index of datatype float16 holds it. */
export function halved({ indices, values }: SparseVector): SparseVector {
  const rounded = Float32Array.from(values)
  roundToHalf(rounded)
  return { indices, values: Float64Array.from(rounded) }
}

export function* liveSlots(collection: Collection): Iterable<number> {
  const { slotCount } = collection.table
  for (let slot = 0; slot < slotCount; slot++) if (collection.isLive(slot)) yield slot
}
