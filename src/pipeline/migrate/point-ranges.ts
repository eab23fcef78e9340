import type { PointId } from '../../document.js'
import { compareIds } from '../../stores/request/point-id.js'
import type { Store, StoredPoint } from '../../stores/store.js'

/** Points of a collection by the order of their ids, as plain JSON. The ranges of a collection, one after the other, are all that it holds and will hold. */
export interface PointRange {
  /** The first id that belongs to it; null for the beginning of the collection. */
  readonly from: PointId | null
  /** The first id that does not; null for the end of the collection. */
  readonly to: PointId | null
}

export const ALL_POINTS: PointRange = { from: null, to: null }

/** Points of one request. */
const PAGE_POINTS = 256
/** Ids of one request. */
const PAGE_IDS = 5000

/** Points of a range: less than a minute's work, so that those who come late find some, and all end at one time. */
const RANGE_POINTS = 1000
const FEW_RANGES = 32
const SMALL_RANGE_POINTS = 100
/** Ranges of a collection, about: what a queue takes in one transaction, and keeps in memory. */
const MAX_RANGES = 20_000

/** How many points a range of a collection should have. */
export function rangePoints(points: number): number {
  const few = Math.min(RANGE_POINTS, Math.max(SMALL_RANGE_POINTS, points / FEW_RANGES))
  return Math.ceil(Math.max(few, points / MAX_RANGES))
}

/**
 * Cuts a collection into ranges that can be read alone. Reads its ids once.
 * @param rangePoints points of a range, about
 */
export async function planRanges(
  store: Store,
  collection: string,
  rangePoints: number,
  signal?: AbortSignal,
): Promise<PointRange[]> {
  const ranges: PointRange[] = []
  let from: PointId | null = null
  let points = 0
  for await (const page of readPages(store, collection, { ...ALL_POINTS, limit: PAGE_IDS, payload: false }, signal)) {
    for (const { id } of page) {
      if (points === rangePoints) {
        ranges.push({ from, to: id })
        from = id
        points = 0
      }
      points++
    }
  }
  return [...ranges, { from, to: null }]
}

/** The points of a range with their payloads, page by page, in the order of their ids. */
export function readRange(
  store: Store,
  collection: string,
  range: PointRange,
  signal?: AbortSignal,
): AsyncGenerator<StoredPoint[]> {
  return readPages(store, collection, { ...range, limit: PAGE_POINTS, payload: true }, signal)
}

/** Ids of all points, page by page. */
export async function* readIds(store: Store, collection: string, signal?: AbortSignal): AsyncGenerator<PointId[]> {
  const reading = { ...ALL_POINTS, limit: PAGE_POINTS, payload: false }
  for await (const page of readPages(store, collection, reading, signal)) yield page.map(({ id }) => id)
}

async function* readPages(
  store: Store,
  collection: string,
  { from, to, limit, payload }: PointRange & { readonly limit: number; readonly payload: boolean },
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredPoint[]> {
  for (let offset = from ?? undefined, isLast = false; !isLast && signal?.aborted !== true; ) {
    const page = await store.scroll(collection, { limit, payload, ...(offset !== undefined && { offset }) })
    const points = to === null ? page.points : page.points.filter(({ id }) => compareIds(id, to) < 0)
    if (points.length > 0) yield points
    isLast = page.next === null || points.length < page.points.length
    offset = page.next ?? undefined
  }
}
