import { isMissing, isObject, type JsonObject } from '../../options.js'
import { parseFilter } from './filter-parse.js'
import { expectObject, readCount } from './json-shape.js'
import { parseQuery } from './query-kind-parse.js'
import { DEFAULT_PARAMS, type QueryNode, type RawExample, type SearchParams } from './query-node.js'
import { badRequest, malformed } from './refusal.js'
import { refuseDeep } from './request-depth.js'

const DEFAULT_LIMIT = 10

/**
 * Deeper prefetches are refused.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/shard/src/query/planned_query.rs
 */
const MAX_DEPTH = 64

/**
 * Parses Qdrant's query request with all its prefetches. Keys that the server ignores are ignored.
 * @param where what the server calls the request in its validation errors
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseQueryNode(request: JsonObject, where: string): QueryNode<RawExample> {
  refuseDeep(request)
  return parseLevel(request, where, 0)
}

function parseLevel(request: JsonObject, where: string, depth: number): QueryNode<RawExample> {
  if (depth > MAX_DEPTH) throw badRequest(`prefetches depth ${depth} exceeds max depth ${MAX_DEPTH}`)
  const prefetch = parsePrefetches(request.prefetch, where, depth)
  const limit = readCount(request.limit, `${where}.limit`, 1) ?? DEFAULT_LIMIT
  const query = isMissing(request.query) ? null : parseQuery(request.query, `${where}.query`, limit)
  const node: QueryNode<RawExample> = {
    prefetch,
    query,
    using: parseName(request.using) ?? '',
    filter: parseFilter(request.filter, `${where}.filter`),
    scoreThreshold: parseThreshold(request.score_threshold),
    limit,
    params: parseParams(request.params),
    lookup: parseLookup(request.lookup_from),
  }
  checkParts(node)
  return node
}

function parsePrefetches(value: unknown, where: string, depth: number): QueryNode<RawExample>[] {
  if (isMissing(value)) return []
  const list = Array.isArray(value) ? value : [value]
  return list.map((prefetch, i) => {
    if (!isObject(prefetch)) throw malformed('invalid type: expected struct Prefetch')
    return parseLevel(prefetch, `${where}.prefetch[${i}]`, depth + 1)
  })
}

function parseName(value: unknown): string | null {
  if (isMissing(value)) return null
  if (typeof value !== 'string') throw malformed('invalid type: expected the name of a vector as a string')
  return value
}

function parseThreshold(value: unknown): number | null {
  if (isMissing(value)) return null
  if (typeof value !== 'number') throw malformed('invalid type: expected score_threshold as a number')
  return Math.fround(value)
}

function parseParams(value: unknown): SearchParams {
  if (isMissing(value)) return DEFAULT_PARAMS
  const params = expectObject(value, 'struct SearchParams')
  if (!isMissing(params.exact) && typeof params.exact !== 'boolean') {
    throw malformed('invalid type: expected params.exact as a boolean')
  }
  return { isExact: params.exact === true, hnswEf: readCount(params.hnsw_ef, 'params.hnsw_ef') }
}

function parseLookup(value: unknown): QueryNode<RawExample>['lookup'] {
  if (isMissing(value)) return null
  if (!isObject(value) || typeof value.collection !== 'string') throw malformed('missing field `collection`')
  return { collection: value.collection, vector: parseName(value.vector) }
}

function checkParts({ prefetch, query, using, scoreThreshold }: QueryNode<RawExample>): void {
  if (!query && prefetch.length > 0) {
    throw badRequest("A query is needed to merge the prefetches. Can't have prefetches without defining a query.")
  }
  if (!query && scoreThreshold !== null) {
    throw badRequest(
      "A query is needed to use the score_threshold. Can't have score_threshold without defining a query.",
    )
  }
  if ((query?.kind === 'rrf' || query?.kind === 'dbsf') && using !== '') {
    throw badRequest("Fusion queries cannot be combined with the 'using' field.")
  }
  if (query?.kind === 'orderBy' && scoreThreshold !== null) {
    throw badRequest("Can't use score_threshold with an order_by query.")
  }
}
