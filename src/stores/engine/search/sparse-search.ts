import { idf } from '../../../scoring/idf.js'
import { sparseDotProduct } from '../../../scoring/sparse-dot-product.js'
import type { TopK } from '../../../scoring/top-k.js'
import type { SparseVector } from '../../../vectors.js'
import type { SparseColumn } from '../../table/point-table.js'
import type { VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import type { SlotTest } from './filter-test.js'

type SparseSpace = Extract<VectorSpace, { kind: 'sparse' }>
type Postings = NonNullable<ReturnType<SparseColumn['postings']>>

/** Sums by slot of the search that is running, kept from search to search. */
let scratch = new Float32Array(0)

function emptySums(slots: number): Float32Array {
  if (scratch.length < slots) scratch = new Float32Array(2 * slots)
  return scratch.subarray(0, slots).fill(0)
}

/** Offers the points that share an index with the query, adding up the postings by slot. A sum of exactly 0 is no match, as on the server. */
export function searchPostings(
  collection: Collection,
  space: SparseSpace,
  query: SparseVector,
  test: SlotTest | null,
  top: TopK,
): void {
  const column = collection.table.sparse(space.name)
  const sums = emptySums(collection.table.slotCount)
  for (let i = 0; i < query.indices.length; i++) {
    const postings = column.postings(query.indices[i]!)
    if (!postings) continue
    const weight = weightOf(collection, space, query.values[i]!, postings)
    const { slots, values } = postings
    for (let j = 0; j < slots.length; j++) sums[slots[j]!]! += weight * values[j]!
  }
  let { bar } = top
  for (let slot = 0; slot < sums.length; slot++) {
    const score = sums[slot]!
    if (score === 0 || score < bar || !collection.isLive(slot)) continue
    if (!top.wouldKeep(slot, score) || (test && !test(slot))) continue
    top.offer(slot, score)
    bar = top.bar
  }
}

/** Offers those of some points that share an index with the query. */
export function compareSparse(
  collection: Collection,
  space: SparseSpace,
  query: SparseVector,
  slots: Iterable<number>,
  test: SlotTest | null,
  top: TopK,
): void {
  const similarity = prepareSparse(collection, space, query)
  for (const slot of slots) {
    const score = similarity(slot)
    if (score && (test === null || test(slot))) top.offer(slot, Math.fround(score))
  }
}

/** The dot product of a query, weighed by the collection's statistics, and the vector in a slot; null where they share no index. */
export function prepareSparse(
  collection: Collection,
  space: SparseSpace,
  query: SparseVector,
): (slot: number) => number | null {
  const column = collection.table.sparse(space.name)
  const values = query.values.map((value, i) => {
    return space.hasIdf ? weightOf(collection, space, value, column.postings(query.indices[i]!)) : value
  })
  const weighted = { indices: query.indices, values }
  return (slot) => {
    const vector = column.vector(slot)
    return vector ? sparseDotProduct(weighted, vector) : null
  }
}

/**
 * A query's value times the inverse document frequency of its index, where the vector has the IDF modifier.
 * Deleted points count in N and df until the table is compacted.
 */
function weightOf(collection: Collection, space: SparseSpace, value: number, postings: Postings | undefined): number {
  if (!space.hasIdf) return value
  const frequency = postings === undefined ? 0 : collection.countUnreplaced(postings.slots)
  return Math.fround(value * idf(collection.idfDocuments(space.name), frequency))
}
