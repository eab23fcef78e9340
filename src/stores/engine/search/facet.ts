import { isMissing, type JsonObject } from '../../../options.js'
import { parseFilter } from '../../request/filter-parse.js'
import { readCount } from '../../request/json-shape.js'
import { formatPath, parsePath, valuesAt } from '../../request/payload-path.js'
import { malformed, wrongInput } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { indexOf, isFacetIndex } from '../collection/payload-index.js'
import { compileFilter } from './filter-test.js'
import { READERS } from './indexed-check.js'
import { liveSlots } from './nearest.js'

type FacetValue = string | number | boolean

export interface FacetHit {
  value: FacetValue
  count: number
}

const DEFAULT_LIMIT = 10

/**
 * `POST /facet`: how many points have each value of a field, the most frequent first, equal counts by value. Always exact.
 * @throws StoreError `REQUEST_REFUSED` where the field has no index of keywords, integers, booleans or UUIDs
 */
export function countFacet(collection: Collection, request: JsonObject): FacetHit[] {
  if (isMissing(request.key)) throw malformed('missing field `key`')
  const path = parsePath(request.key)
  const limit = readCount(request.limit, 'facet_request.limit', 1) ?? DEFAULT_LIMIT
  const filter = parseFilter(request.filter, 'facet_request.filter')
  const index = indexOf(collection.settings, path)
  if (!index || !isFacetIndex(index)) {
    throw wrongInput(
      `No appropriate index for faceting: \`${formatPath(path)}\`. Please create one to facet on this field. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Match conditions`,
    )
  }
  const counts = new Map<FacetValue, number>()
  const test = filter && compileFilter(filter, collection)
  const field = collection.fieldValues(path)!
  for (const slot of liveSlots(collection)) {
    if (test && !test(slot)) continue
    const values = field.list(field.numberOf(slot, () => valuesAt(path, collection.payload(slot))))
    for (const value of new Set(values.flat(1).map(READERS[index.name]!))) {
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit)
}
