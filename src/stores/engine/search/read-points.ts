import type { Schemas } from '#qdrant-client'
import type { PointId } from '../../../document.js'
import { isMissing, type JsonObject, shown } from '../../../options.js'
import { parseFilter } from '../../request/filter-parse.js'
import { readCount } from '../../request/json-shape.js'
import { parseOrderBy } from '../../request/order-by-parse.js'
import { parsePayloadSelector } from '../../request/payload-selector.js'
import { compareIds, parsePointId, parsePointIds } from '../../request/point-id.js'
import { malformed, notFound, wrongInput } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { compileFilter } from './filter-test.js'
import { liveSlots } from './nearest.js'
import { rankByPayload } from './order-by.js'
import { parseVectorSelector, vectorsOut } from './vector-selector.js'

/** A point as an answer carries it. */
export interface PointRecord {
  id: PointId
  payload?: Record<string, unknown>
  vector?: Schemas['VectorStructOutput']
  order_value?: number
}

/**
 * Gives the point in a slot with what a request wants of it.
 * @param hasPayload whether a request that does not say wants the payload
 * @throws StoreError `REQUEST_REFUSED`, `VECTOR_UNKNOWN`
 */
export function recordReader(
  collection: Collection,
  request: JsonObject,
  hasPayload: boolean,
): (slot: number) => PointRecord {
  const payload = parsePayloadSelector(request.with_payload, hasPayload)
  const vectors = parseVectorSelector(collection, request)
  return (slot) => {
    const record: PointRecord = { id: collection.idOf(slot) }
    if (payload) record.payload = payload(collection.payload(slot))
    if (vectors) record.vector = vectorsOut(collection, slot, vectors)
    return record
  }
}

/** `POST /points`: the points that exist, each once, in the order of the ids. */
export function retrievePoints(collection: Collection, request: JsonObject): PointRecord[] {
  if (request.ids === undefined) throw malformed('missing field `ids`')
  const read = recordReader(collection, request, false)
  const ids = new Set(parsePointIds(request.ids))
  return [...ids].flatMap((id) => {
    const slot = collection.table.slotOf(id)
    return slot === undefined ? [] : [read(slot)]
  })
}

/**
 * `GET /points/{id}`: a point with its payload and all its vectors.
 * @param id also an integer in text, as in a URL
 * @throws StoreError `NOT_FOUND`
 */
export function retrievePoint(collection: Collection, id: number | string): PointRecord {
  const pointId = parsePathId(id)
  const slot = collection.table.slotOf(pointId)
  if (slot === undefined) throw notFound(`Point with id ${pointId} does not exists!`)
  return recordReader(collection, { with_vector: true }, true)(slot)
}

function parsePathId(id: number | string): PointId {
  try {
    return parsePointId(typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : id)
  } catch (cause) {
    const text = typeof id === 'string' ? id : shown(id)
    throw Object.assign(wrongInput(`Can not recognize "${text}" as point id`), { cause })
  }
}

const DEFAULT_SCROLL_LIMIT = 10

export interface ScrollPage {
  points: PointRecord[]
  next_page_offset: PointId | null
}

/** `POST /points/scroll`: a page of points in the order of their ids, or of a payload value. */
export function scrollPoints(collection: Collection, request: JsonObject): ScrollPage {
  const limit = readCount(request.limit, 'scroll_request.limit', 1) ?? DEFAULT_SCROLL_LIMIT
  const filter = parseFilter(request.filter, 'scroll_request.filter')
  const read = recordReader(collection, request, true)
  const offset = isMissing(request.offset) ? null : parsePointId(request.offset)
  const test = filter && compileFilter(filter, collection)
  if (!isMissing(request.order_by)) {
    if (offset !== null) throw offsetWithOrder()
    const order = parseOrderBy(request.order_by)
    const { slots, orderValues } = rankByPayload(collection, collection.orderedSlots(), test, order, limit)
    const points = slots.map((slot, i) => ({ ...read(slot), order_value: orderValues![i]! }))
    return { points, next_page_offset: null }
  }
  const slots = collection.orderedSlots()
  const found: number[] = []
  for (let i = offset === null ? 0 : firstAtOrAfter(collection, slots, offset); i < slots.length; i++) {
    if (test && !test(slots[i]!)) continue
    if (found.length === limit) {
      return { points: found.map(read), next_page_offset: collection.idOf(slots[i]!) }
    }
    found.push(slots[i]!)
  }
  return { points: found.map(read), next_page_offset: null }
}

/** Position of the first slot whose id is not before the given one. */
function firstAtOrAfter(collection: Collection, slots: Uint32Array, id: PointId): number {
  let low = 0
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareIds(collection.idOf(slots[middle]!), id) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function offsetWithOrder(): Error {
  return wrongInput(
    "Cannot use an `offset` when using `order_by`. The alternative for paging is to use `order_by.start_from` and a filter to exclude the IDs that you've already seen for the `order_by.start_from` value",
  )
}

/** `POST /points/count`, always exact. */
export function countPoints(collection: Collection, request: JsonObject): number {
  const filter = parseFilter(request.filter, 'count_request.filter')
  if (!filter) return collection.table.liveCount
  const test = compileFilter(filter, collection)
  let count = 0
  for (const slot of liveSlots(collection)) if (test(slot)) count++
  return count
}

/** Slots of the live points that satisfy a test, in the order of their ids. */
export function matchingSlots(collection: Collection, test: ((slot: number) => boolean) | null): number[] {
  const slots: number[] = []
  for (const slot of collection.orderedSlots()) if (!test || test(slot)) slots.push(slot)
  return slots
}
