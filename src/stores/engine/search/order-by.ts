import { parseDatetime } from '../../request/datetime.js'
import type { OrderBy } from '../../request/order-by-parse.js'
import { flatValuesAt, formatPath, type PayloadPath } from '../../request/payload-path.js'
import { wrongInput } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { type IndexType, indexOf, isRangeIndex } from '../collection/payload-index.js'
import type { SlotTest } from './filter-test.js'
import type { Ranking } from './ranking.js'

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
