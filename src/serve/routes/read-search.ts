import type { JsonObject } from '../../options.js'
import type { ListWeights } from '../../pipeline/collection/collection-plan.js'
import type { NamedVectors } from '../../pipeline/collection/foreign-plan.js'
import { checkWeights } from '../../pipeline/collection/list-weights.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import type { SearchOptions } from '../../pipeline/search/search-options.js'
import type { Filter } from '../../stores/store.js'
import {
  bodyChoice,
  bodyCount,
  bodyObject,
  bodySome,
  bodyString,
  bodyStrings,
  invalidRequest,
  optionalString,
} from './body-fields.js'
import { countFilterConditions } from './count-conditions.js'

export const MAX_LIMIT = 1_000
export const MAX_QUERY_LENGTH = 10_000
/** Conditions of a filter: each may be asked of every point. Counted before a query is encoded, and by the store. */
export const MAX_CONDITIONS = 512

/** What a search is asked for. @throws InputError `INVALID_REQUEST` */
export function readSearch(body: JsonObject): {
  query: string
  collection: string | undefined
  options: SearchOptions
} {
  const query = bodyString(body.query, 'query')
  if (query.trim() === '') throw invalidRequest('query: expected a question, got nothing but white space')
  if (query.length > MAX_QUERY_LENGTH) throw invalidRequest(`query: expected at most ${MAX_QUERY_LENGTH} characters`)
  const options = {
    limit: bodyCount(body, 'limit', MAX_LIMIT, 10),
    prefetch: bodyCount(body, 'prefetch', MAX_LIMIT, 100),
    fusion: bodyChoice(body, 'fusion', ['dbsf', 'rrf'], 'dbsf'),
    rerank: bodyChoice(body, 'rerank', [true, false], false),
    ...(body.methods !== undefined && { methods: bodySome(body.methods, 'methods', METHODS) }),
    ...(body.weights !== undefined && { weights: readWeights(body.weights) }),
    ...(body.filter !== undefined && { filter: readFilter(body.filter) }),
  }
  return { query, collection: optionalString(body, 'collection'), options }
}

/** The vectors and models of a collection that another program filled, if any are named. */
export function readNamedVectors(body: JsonObject): NamedVectors | undefined {
  const { using = [] } = body
  const fields = { dense: 'model', bm25: 'sparse_model', late: 'late_model' } as const
  const given = Object.entries(fields).filter(([, field]) => body[field] !== undefined)
  const models = Object.fromEntries(given.map(([method, field]) => [method, bodyString(body[field], field)]))
  const names = bodyStrings(typeof using === 'string' ? [using] : using, 'using')
  return names.length === 0 && given.length === 0 ? undefined : { using: names, models }
}

/** @throws InputError `INVALID_REQUEST` */
function readWeights(value: unknown): ListWeights {
  try {
    return checkWeights('search', value)
  } catch (error) {
    throw invalidRequest((error as Error).message)
  }
}

/** @throws InputError `INVALID_REQUEST` */
function readFilter(value: unknown): Filter {
  const filter = bodyObject(value, 'filter')
  const conditions = countFilterConditions(filter)
  if (conditions <= MAX_CONDITIONS) return filter as Filter
  throw invalidRequest(
    `filter: expected at most ${MAX_CONDITIONS} conditions, got ${conditions}; a list of values is one: { "match": { "any": […] } }`,
  )
}
