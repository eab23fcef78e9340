import type { Payload, PointId } from '../../../document.js'
import { isMissing, type JsonObject } from '../../../options.js'
import { parseFilter } from '../../request/filter-parse.js'
import { expectArray, expectObject } from '../../request/json-shape.js'
import { parsePath } from '../../request/payload-path.js'
import { parsePointId, parsePointIds } from '../../request/point-id.js'
import { badRequest, invalid, malformed, notFound } from '../../request/refusal.js'
import { isEmptyVector, parseVectors } from '../../request/vector-input.js'
import { NO_PAYLOAD } from '../../table/point-table.js'
import type { Collection } from '../collection/collection.js'
import { compileFilter } from '../search/filter-test.js'
import { matchingSlots } from '../search/read-points.js'
import { deleteFromPayload, setInPayload } from './payload-update.js'
import { PointDraft } from './point-draft.js'
import { fitVectors, parsePayload, parsePoints } from './point-input.js'

/** An operation on the points of a collection: everything is checked first, then all its changes are applied together. Gives its number. */
export type WriteOperation = (collection: Collection, request: JsonObject) => Promise<number>

const MODES = ['upsert', 'insert_only', 'update_only']

/** `PUT /points`: stores points whole, in place of what has their ids, within `update_mode` and `update_filter`. */
export const upsertPoints: WriteOperation = async (collection, request) => {
  const mode = request.update_mode ?? 'upsert'
  if (typeof mode !== 'string' || !MODES.includes(mode)) {
    throw malformed(`unknown variant \`${String(mode)}\`, expected one of \`upsert\`, \`insert_only\`, \`update_only\``)
  }
  const isUpdatable = updateFilter(collection, request)
  const points = parsePoints(collection, request)
  const draft = new PointDraft(collection)
  for (const { id, vectors, payload } of points) {
    // as on the server, what comes twice is decided by what was there before
    const isKept =
      collection.table.slotOf(id) !== undefined ? mode !== 'insert_only' && isUpdatable(id) : mode !== 'update_only'
    if (isKept) draft.put(id, vectors, payload)
  }
  return collection.apply(draft.changes)
}

/** Whether an existing point may be changed. */
function updateFilter(collection: Collection, request: JsonObject): (id: PointId) => boolean {
  const filter = parseFilter(request.update_filter, 'update_filter')
  if (!filter) return () => true
  const test = compileFilter(filter, collection)
  return (id) => {
    const slot = collection.table.slotOf(id)
    return slot === undefined || test(slot)
  }
}

/** `POST /points/delete`: points that do not exist are no error. */
export const deletePoints: WriteOperation = async (collection, request) => {
  const ids = selectedIds(collection, request, 'data did not match any variant of untagged enum PointsSelector')
  if (ids.length === 0 && !isMissing(request.points)) throw badRequest('Empty update request')
  const draft = new PointDraft(collection)
  for (const id of ids) draft.delete(id)
  return collection.apply(draft.changes)
}

/** `POST /points/payload`: sets keys, at the top or in the object at `key`. */
export const setPayload: WriteOperation = (collection, request) => {
  const values = requiredPayload(request)
  const path = isMissing(request.key) ? null : parsePath(request.key)
  return changePayloads(collection, request, (payload) => setInPayload(payload, values, path))
}

/** `PUT /points/payload`: replaces payloads; `key` is ignored, as the server does. */
export const overwritePayload: WriteOperation = (collection, request) => {
  const values = requiredPayload(request)
  return changePayloads(collection, request, () => values)
}

function requiredPayload(request: JsonObject): Payload {
  if (isMissing(request.payload)) throw malformed('missing field `payload`')
  return parsePayload(request.payload)
}

/** `POST /points/payload/delete` */
export const deletePayload: WriteOperation = (collection, request) => {
  const paths = expectArray(request.keys, 'keys').map(parsePath)
  return changePayloads(collection, request, (payload) => deleteFromPayload(payload, paths))
}

/** `POST /points/payload/clear` */
export const clearPayload: WriteOperation = (collection, request) =>
  changePayloads(collection, request, () => NO_PAYLOAD)

async function changePayloads(
  collection: Collection,
  request: JsonObject,
  change: (payload: Payload) => Payload,
): Promise<number> {
  const ids = selectedIds(collection, request, 'Either list of point ids or filter must be provided')
  return changeExisting(collection, ids, (draft, id) => draft.setPayload(id, change(draft.payloadOf(id))))
}

/** `PUT /points/vectors`: replaces the named vectors of points and keeps their others. */
export const updateVectors: WriteOperation = async (collection, request) => {
  const isUpdatable = updateFilter(collection, request)
  const updates = expectArray(request.points, 'points').map((value, i) => {
    const point = expectObject(value, 'struct PointVectors')
    const vectors = parseVectors(point.vector, `points[${i}].vector.?`)
    if (Object.values(vectors).every(isEmptyVector)) {
      throw invalid(`points[${i}].vector`, 'must specify vectors to update for point')
    }
    return { id: parsePointId(point.id), vectors }
  })
  if (updates.length === 0) throw invalid('points', 'must specify points to update')
  const fitted = updates
    .map(({ id, vectors }) => ({ id, vectors: fitVectors(collection, vectors, false) }))
    .filter(({ id }) => isUpdatable(id))
  const ids = fitted.map(({ id }) => id)
  return changeExisting(collection, ids, (draft, id, i) =>
    draft.put(id, { ...draft.vectorsOf(id), ...fitted[i]!.vectors }, draft.payloadOf(id)),
  )
}

/** `POST /points/vectors/delete` */
export const deleteVectors: WriteOperation = async (collection, request) => {
  const names = expectArray(request.vector, 'vector')
  if (names.length === 0) throw invalid('vector', 'must specify vector names to delete')
  const known = names.map((name) => collection.space(String(name)).name)
  const ids = selectedIds(collection, request, 'Either list of point ids or filter must be provided')
  return changeExisting(collection, ids, (draft, id) => draft.dropVectors(id, known))
}

/**
 * Changes the points that exist, then fails if one did not: so does the server.
 * @throws StoreError `NOT_FOUND`
 */
async function changeExisting(
  collection: Collection,
  ids: readonly PointId[],
  change: (draft: PointDraft, id: PointId, i: number) => void,
): Promise<number> {
  const draft = new PointDraft(collection)
  const missing: PointId[] = []
  ids.forEach((id, i) => {
    if (draft.has(id)) change(draft, id, i)
    else missing.push(id)
  })
  const operation = await collection.apply(draft.changes)
  if (missing.length > 0) throw notFound(`No point with id ${missing[0]} found`)
  return operation
}

/** The ids of a request's `points`, or of the points that its `filter` finds. */
function selectedIds(collection: Collection, request: JsonObject, otherwise: string): PointId[] {
  if (!isMissing(request.points)) return parsePointIds(request.points)
  if (isMissing(request.filter)) throw malformed(otherwise)
  const test = compileFilter(parseFilter(request.filter)!, collection)
  return matchingSlots(collection, test).map((slot) => collection.idOf(slot))
}
