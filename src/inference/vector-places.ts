import { isObject, type JsonObject } from '../options.js'
import { isInferenceObject } from './inference-object.js'
import { isFlatMultivector } from './json-vector.js'

/** What a value that stands where a vector may stand becomes; the value itself where it stays. */
export type ReplaceVector = (value: unknown) => unknown

/** A request with its vectors replaced: copied along the paths that changed, and itself where nothing did. */
export type MapVectors = <T extends object>(request: T, replace: ReplaceVector) => T

type Mapped = (value: unknown) => unknown

/** `points` (a list) or `batch`, of an upsert; `points`, of an update of vectors. */
export const mapUpdate: MapVectors = (request, replace) =>
  mapFields(request, {
    points: (points) => mapList(points, (point) => mapFields(point, { vector: (value) => mapNamed(value, replace) })),
    batch: (batch) => mapFields(batch, { vectors: (vectors) => mapBatchVectors(vectors, replace) }),
  })

/** The operations `upsert` and `update_vectors` of a batch of updates. */
export const mapUpdateBatch: MapVectors = (request, replace) => {
  const map = (operation: unknown) => (isObject(operation) ? mapUpdate(operation, replace) : operation)
  return mapFields(request, {
    operations: (operations) =>
      mapList(operations, (operation) => mapFields(operation, { upsert: map, update_vectors: map })),
  })
}

/** `query` and `prefetch`, at any depth. */
export const mapQuery: MapVectors = (request, replace) =>
  mapFields(request, {
    query: (query) => mapQueryKind(query, replace),
    prefetch: (prefetch) => mapOneOrMany(prefetch, (each) => (isObject(each) ? mapQuery(each, replace) : each)),
  })

/** The `searches` of a batch of queries. */
export const mapQueryBatch: MapVectors = (request, replace) =>
  mapFields(request, {
    searches: (searches) => mapList(searches, (each) => (isObject(each) ? mapQuery(each, replace) : each)),
  })

/** A vector bare, or a map of named ones. */
function mapNamed(value: unknown, replace: ReplaceVector): unknown {
  const isNamed = isObject(value) && !isInferenceObject(value) && !isFlatMultivector(value)
  return isNamed ? mapValues(value, replace) : replace(value)
}

/** A list of vectors, or a map of named lists. */
function mapBatchVectors(value: unknown, replace: ReplaceVector): unknown {
  if (Array.isArray(value)) return mapList(value, replace)
  return isObject(value) ? mapValues(value, (vectors) => mapList(vectors, replace)) : value
}

/** A vector bare (or an id), or one of the kinds of query that take vectors. */
function mapQueryKind(value: unknown, replace: ReplaceVector): unknown {
  if (!isObject(value) || isInferenceObject(value) || 'indices' in value) return replace(value)
  const replaceEach = (values: unknown) => mapList(values, replace)
  const mapPairs = (pairs: unknown) =>
    mapOneOrMany(pairs, (pair) => mapFields(pair, { positive: replace, negative: replace }))
  return mapFields(value, {
    nearest: replace,
    recommend: (recommend) => mapFields(recommend, { positive: replaceEach, negative: replaceEach }),
    discover: (discover) => mapFields(discover, { target: replace, context: mapPairs }),
    context: mapPairs,
    relevance_feedback: (feedback) =>
      mapFields(feedback, {
        target: replace,
        feedback: (items) => mapList(items, (item) => mapFields(item, { example: replace })),
      }),
  })
}

function mapFields<T>(value: T, maps: Readonly<Record<string, Mapped>>): T {
  if (!isObject(value)) return value
  let changed: Record<string, unknown> | null = null
  for (const [key, map] of Object.entries(maps)) {
    if (value[key] === undefined || value[key] === null) continue
    const mapped = map(value[key])
    if (mapped === value[key]) continue
    changed ??= { ...value }
    changed[key] = mapped
  }
  return (changed ?? value) as T
}

function mapValues(value: JsonObject, map: Mapped): JsonObject {
  const entries = Object.entries(value).map(([key, each]) => [key, map(each)] as const)
  return entries.every(([key, mapped]) => mapped === value[key]) ? value : Object.fromEntries(entries)
}

function mapList(value: unknown, map: Mapped): unknown {
  if (!Array.isArray(value)) return value
  const mapped = value.map(map)
  return mapped.every((each, i) => each === value[i]) ? value : mapped
}

function mapOneOrMany(value: unknown, map: Mapped): unknown {
  return Array.isArray(value) ? mapList(value, map) : map(value)
}
