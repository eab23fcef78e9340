import type { Collection } from './collection.js'
import { parseDatetime } from './datetime.js'
import type { SlotTest } from './filter-test.js'
import { isMissing, isObject } from './json-shape.js'
import { type IndexType, indexOf, isRangeIndex } from './payload-index.js'
import { flatValuesAt, formatPath, type PayloadPath, parsePath } from './payload-path.js'
import type { Ranking } from './ranking.js'
import { malformed, wrongInput } from './refusal.js'

/** The payload value by which points are ordered. */
export interface OrderBy {
  readonly path: PayloadPath
  readonly isDescending: boolean
  /** Values before it are left out; a datetime in microseconds since 1970. */
  readonly startFrom: number | null
}

/** @throws StoreError `REQUEST_REFUSED` */
export function parseOrderBy(value: unknown): OrderBy {
  if (typeof value === 'string') return { path: parsePath(value), isDescending: false, startFrom: null }
  if (!isObject(value)) throw notAnOrder()
  const { key, direction, start_from: startFrom } = value
  if (!isMissing(direction) && direction !== 'asc' && direction !== 'desc') throw notAnOrder()
  return { path: parsePath(key), isDescending: direction === 'desc', startFrom: parseStart(startFrom) }
}

function parseStart(value: unknown): number | null {
  if (isMissing(value)) return null
  if (typeof value === 'number') return value
  const time = typeof value === 'string' ? parseDatetime(value) : null
  if (time === null) throw notAnOrder()
  return time
}

function notAnOrder(): Error {
  return malformed('Expected a string, or an object with a key, direction and/or start_from')
}

/**
 * The points in the order of a payload value, points without one left out; a point with several values comes once for each that is different.
 * @throws StoreError `REQUEST_REFUSED` where the field has no index that knows an order
 */
export function rankByPayload(
  collection: Collection,
  slots: Iterable<number>,
  test: SlotTest | null,
  { path, isDescending, startFrom }: OrderBy,
  limit: number,
): Ranking {
  const type = indexOf(collection.settings, path)
  if (!type || !isRangeIndex(type)) throw noRangeIndex(path)
  const sign = isDescending ? -1 : 1
  const entries: { slot: number; value: number }[] = []
  for (const slot of slots) {
    if (test && !test(slot)) continue
    const values = flatValuesAt(path, collection.payload(slot)).map((value) => orderValue(type.name, value))
    for (const value of new Set(values)) {
      if (value !== null && (startFrom === null || sign * (value - startFrom) >= 0)) entries.push({ slot, value })
    }
  }
  entries.sort((a, b) => sign * (a.value - b.value) || collection.compareSlots(a.slot, b.slot))
  const kept = entries.slice(0, limit)
  return {
    slots: kept.map(({ slot }) => slot),
    scores: kept.map(() => 1),
    orderValues: kept.map(({ value }) => value),
  }
}

function orderValue(type: IndexType['name'], value: unknown): number | null {
  if (type === 'datetime') return typeof value === 'string' ? parseDatetime(value) : null
  if (typeof value !== 'number') return null
  return type === 'float' || Number.isInteger(value) ? value : null
}

function noRangeIndex(path: PayloadPath): Error {
  return wrongInput(
    `No range index for \`order_by\` key: \`${formatPath(path)}\`. Please create one to use \`order_by\`. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Range conditions`,
  )
}
