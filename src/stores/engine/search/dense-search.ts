import { negatedSquaredEuclid, type Similarity } from '../../../scoring/distance.js'
import { dotProduct } from '../../../scoring/dot-product.js'
import type { QuantizedRows } from '../../../scoring/quantized-rows.js'
import { TopK } from '../../../scoring/top-k.js'
import type { SearchParams } from '../../request/query-node.js'
import type { DenseColumn } from '../../table/point-table.js'
import { type RowSpace, spaceSimilarity } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { DEFAULT_EF, type NeighborGraph } from '../collection/neighbor-graph.js'
import type { SlotTest } from './filter-test.js'

/** Among fewer slots every vector is compared, which needs nothing to be prepared. */
const LEAST_SLOTS_FOR_BOUNDS = 1024

/** In each pass, the rows with the best bounds that are looked at, for each one that is wanted; after the last, all others are. */
const ROWS_PER_HIT = [4, 64, 1024]

/** Points asked of a graph for each one that is wanted, without and with a filter, which leaves some of them out. */
const NEIGHBORS_PER_HIT = 2
const NEIGHBORS_PER_FILTERED_HIT = 8

/**
 * With a filter, how many have to pass for each one that is wanted: the graph misses some of those at the rim of what it looked
 * at (of a million vectors and a filter that a tenth passes, recall 0.90 to 0.95 with no more than were wanted, 0.98 with three times as many).
 */
const PASSING_PER_HIT = 3

/** How many times the neighbours are asked for that should be enough by the part that passed. */
const MARGIN = 2

/** Where more would be asked of a graph, comparing all is as good. */
const MOST_NEIGHBORS = 4096

interface DenseSearch {
  readonly collection: Collection
  readonly column: DenseColumn
  readonly query: Float32Array
  readonly similarity: Similarity
  readonly test: SlotTest | null
  readonly top: TopK
  readonly limit: number
}

/**
 * Offers the points nearest to a query, each with its exact score. Which they are is exact, too, where the collection has
 * no graph, `isExact` asks for it, or a filter leaves fewer of the graph's points than are wanted.
 */
export function searchDense(
  collection: Collection,
  space: RowSpace,
  query: Float32Array,
  test: SlotTest | null,
  top: TopK,
  limit: number,
  { isExact, hnswEf }: SearchParams,
): void {
  const similarity = spaceSimilarity(space)
  const column = collection.table.dense(space.name)
  const search: DenseSearch = { collection, column, query, similarity, test, top, limit }
  const graph = isExact ? null : collection.neighborGraph(space)
  if (graph && offerNeighbors(search, graph, hnswEf ?? DEFAULT_EF)) return
  const hasBounds = similarity === dotProduct || similarity === negatedSquaredEuclid
  if (!hasBounds || collection.table.slotCount < LEAST_SLOTS_FOR_BOUNDS) compareAll(search)
  else compareByBounds(search, collection.quantizedRows(space.name))
}

/** Offers those of some points that have the vector. */
export function compareSlots(
  collection: Collection,
  space: RowSpace,
  query: Float32Array,
  slots: Iterable<number>,
  test: SlotTest | null,
  top: TopK,
): void {
  const similarity = spaceSimilarity(space)
  const column = collection.table.dense(space.name)
  for (const slot of slots) {
    if (test && !test(slot)) continue
    const vector = column.vector(slot)
    if (vector) top.offer(slot, Math.fround(similarity(query, 0, vector, 0, space.dimension)))
  }
}

/**
 * Asks the graph for more than are wanted, and for many more where few of them pass: what is left out still has its place
 * among the nearest. Points newer than the graph are compared one by one.
 * @returns whether the graph knew enough points
 */
function offerNeighbors(search: DenseSearch, graph: NeighborGraph, ef: number): boolean {
  const { collection, column, query, test, limit } = search
  const { liveCount, slotCount } = collection.table
  const crowding = slotCount / Math.max(1, liveCount)
  const most = Math.min(MOST_NEIGHBORS, graph.covered)
  const enough = test ? limit * PASSING_PER_HIT : limit
  let wanted = Math.ceil(Math.max(ef, limit * (test ? NEIGHBORS_PER_FILTERED_HIT : NEIGHBORS_PER_HIT)) * crowding)
  for (;;) {
    if (wanted > MOST_NEIGHBORS) return false
    const slots = graph.search(query, wanted)
    if (!slots) return false
    const found = slots.filter((slot) => collection.isLive(slot) && column.has(slot) && (!test || test(slot)))
    if (found.length >= enough) {
      for (const slot of found) compareOne(search, slot)
      compareAll(search, graph.covered)
      return true
    }
    if (wanted >= most) return false
    wanted = Math.ceil((MARGIN * wanted * enough) / Math.max(1, found.length))
  }
}

/** The filter is asked last, and only of what would be kept: it may have to read a payload from disk. */
function compareAll({ collection, column, query, similarity, test, top }: DenseSearch, fromSlot = 0): void {
  const { dimension } = column
  for (const { firstSlot, count, values } of column.blocks(fromSlot)) {
    for (let row = 0; row < count; row++) {
      const slot = firstSlot + row
      if (!collection.isLive(slot) || !column.has(slot)) continue
      const score = Math.fround(similarity(query, 0, values, row * dimension, dimension))
      if (top.wouldKeep(slot, score) && (!test || test(slot))) top.offer(slot, score)
    }
  }
}

/** Looks at the rows with the best bounds first, and passes over those whose bound is worse than what is kept. */
function compareByBounds(search: DenseSearch, rows: QuantizedRows): void {
  const { collection, query, similarity, test, top, limit } = search
  const bounds = rows.upperBounds(query, similarity === dotProduct ? 'dot product' : 'negated squared Euclid')
  for (const rowsPerHit of ROWS_PER_HIT) {
    for (const slot of bestSlots(collection, bounds, rowsPerHit * limit)) {
      // the bounds of all that follow are no better
      if (Math.fround(bounds[slot]!) < top.bar) return
      bounds[slot] = -Infinity
      if (!test || test(slot)) compareOne(search, slot)
    }
  }
  let { bar } = top
  for (let slot = 0; slot < bounds.length; slot++) {
    const bound = bounds[slot]!
    if (bound === -Infinity || (bound < bar && Math.fround(bound) < bar)) continue
    if (!collection.isLive(slot) || (test && !test(slot))) continue
    compareOne(search, slot)
    bar = top.bar
  }
}

/** Live slots with the best bounds, the best first. */
function bestSlots(collection: Collection, bounds: Float64Array, count: number): number[] {
  const best = new TopK(count, (a, b) => a - b)
  let bar = -Infinity
  for (let slot = 0; slot < bounds.length; slot++) {
    if (!(bounds[slot]! > bar) || !collection.isLive(slot)) continue
    best.offer(slot, bounds[slot]!)
    bar = best.bar
  }
  return best.sorted().items
}

function compareOne({ column, query, similarity, top }: DenseSearch, slot: number): void {
  const vector = column.vector(slot)
  if (vector) top.offer(slot, Math.fround(similarity(query, 0, vector, 0, column.dimension)))
}
