import type { Payload, PointId } from '../../../document.js'
import { isMissing, isObject, type JsonObject } from '../../../options.js'
import type { Vector } from '../../../vectors.js'
import { toJson } from '../../request/json-copy.js'
import { describe, expectArray, expectObject } from '../../request/json-shape.js'
import { parsePointId } from '../../request/point-id.js'
import { badRequest, invalid, malformed } from '../../request/refusal.js'
import { parseVectors } from '../../request/vector-input.js'
import { NO_PAYLOAD } from '../../table/point-table.js'
import { fitVector } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'

/** A point of an upsert, its vectors as the collection stores them. */
export interface PointInput {
  readonly id: PointId
  readonly vectors: Readonly<Record<string, Vector>>
  readonly payload: Payload
}

/**
 * The points of an upsert, all checked: `{ points: [{ id, vector, payload }] }` or `{ batch: { ids, vectors, payloads } }`.
 * @throws StoreError `REQUEST_REFUSED`, `VECTOR_UNKNOWN`
 * @throws VectorError
 */
export function parsePoints(collection: Collection, request: JsonObject): PointInput[] {
  const rows = isObject(request.batch) ? rowsOfBatch(request.batch) : rowsOfPoints(request.points)
  if (rows.length === 0) throw badRequest('Empty update request')
  const parsed = rows.map(({ id, vector, payload, where }) => ({
    id: parsePointId(id),
    vectors: parseVectors(vector, where),
    payload: parsePayload(payload),
  }))
  return parsed.map((point) => ({ ...point, vectors: fitVectors(collection, point.vectors, true) }))
}

interface Row {
  readonly id: unknown
  readonly vector: unknown
  readonly payload: unknown
  readonly where: string
}

function rowsOfPoints(points: unknown): Row[] {
  if (!Array.isArray(points)) throw malformed('Invalid PointInsertOperations format')
  return points.map((value, i) => {
    const point = expectObject(value, 'struct PointStruct')
    if (point.id === undefined) throw malformed('missing field `id`')
    if (isMissing(point.vector)) throw malformed('missing field `vector`')
    return { id: point.id, vector: point.vector, payload: point.payload, where: `points[${i}].vector.?` }
  })
}

function rowsOfBatch({ ids, vectors, payloads }: JsonObject): Row[] {
  const list = expectArray(ids, 'ids')
  const rows = vectorsOfBatch(vectors)
  const count = rows?.length ?? list.length
  if (count !== list.length) {
    throw invalid('batch.batch', `number of ids and vectors must be equal (${list.length} != ${count})`)
  }
  const fields = isMissing(payloads) ? null : expectArray(payloads, 'payloads')
  if (fields && fields.length !== list.length) {
    throw invalid('batch.batch', `number of ids and payloads must be equal (${list.length} != ${fields.length})`)
  }
  return list.map((id, i) => ({ id, vector: rows?.[i] ?? {}, payload: fields?.[i], where: 'batch.vectors.?' }))
}

/** One vector, or one map of names, for each id; null where the batch has none. */
function vectorsOfBatch(vectors: unknown): unknown[] | null {
  if (Array.isArray(vectors)) return vectors
  const columns = Object.entries(expectObject(vectors, 'vectors')).map(
    ([name, column]) => [name, expectArray(column, `vectors.${name}`)] as const,
  )
  const [first] = columns
  if (!first) return null
  for (const [, column] of columns) {
    if (column.length !== first[1].length) {
      throw invalid('batch.batch', `number of ids and vectors must be equal (${first[1].length} != ${column.length})`)
    }
  }
  return first[1].map((_, i) => Object.fromEntries(columns.map(([name, column]) => [name, column[i]])))
}

/** The vectors as the collection stores them. @param isNamed whether a wrong dimension's message names the vector */
export function fitVectors(
  collection: Collection,
  vectors: Readonly<Record<string, Vector>>,
  isNamed: boolean,
): Record<string, Vector> {
  return Object.fromEntries(
    Object.entries(vectors).map(([name, vector]) => {
      const suffix = isNamed && name !== '' ? ` for vector '${name}'` : ''
      return [name, fitVector(collection.space(name), vector, suffix)]
    }),
  )
}

/** @throws StoreError `REQUEST_REFUSED` where it is no object */
export function parsePayload(value: unknown): Payload {
  if (isMissing(value)) return NO_PAYLOAD
  if (!isObject(value)) throw malformed(`invalid type: ${describe(value)}, expected a map`)
  return toJson(value) as Payload
}
