import { isMissing, isObject, type JsonObject } from '../../options.js'
import { expectArray, expectObject } from '../request/json-shape.js'
import { malformed } from '../request/refusal.js'

/**
 * The requests that Qdrant had before `query`, which says all of them: what the older ones mean is said by it. Fields that both have go through as
 * they are, `limit` included, which the older ones ask for and which is 10 here where it is missing.
 */

/** `query` of `POST /points/search` and of its groups: `vector` is bare, or `{ name, vector }`. @throws StoreError `REQUEST_REFUSED` */
export function querySearch(request: unknown): JsonObject {
  const { vector, ...rest } = expectObject(request, 'struct SearchRequest')
  if (isMissing(vector)) throw malformed('missing field `vector`')
  if (!isObject(vector)) return { ...rest, query: vector }
  if (isMissing(vector.name) || isMissing(vector.vector)) {
    throw malformed('data did not match any variant of untagged enum NamedVectorStruct')
  }
  return { ...rest, query: vector.vector, using: vector.name }
}

/** `query` of `POST /points/recommend` and of its groups. @throws StoreError `REQUEST_REFUSED` */
export function queryRecommend(request: unknown): JsonObject {
  const { positive, negative, strategy, ...rest } = expectObject(request, 'struct RecommendRequest')
  return { ...rest, query: { recommend: { positive, negative, strategy } } }
}

/** `query` of `POST /points/discover`: without a target it is a search by context. @throws StoreError `REQUEST_REFUSED` */
export function queryDiscover(request: unknown): JsonObject {
  const { target, context, ...rest } = expectObject(request, 'struct DiscoverRequest')
  const pairs = context ?? []
  return { ...rest, query: isMissing(target) ? { context: pairs } : { discover: { target, context: pairs } } }
}

/** Each request of a batch as `queryBatch` takes it. @throws StoreError `REQUEST_REFUSED` */
export function queryEach(request: unknown, toQuery: (each: unknown) => JsonObject): { searches: JsonObject[] } {
  const { searches } = expectObject(request, 'a batch of searches')
  return { searches: expectArray(searches, 'searches').map(toQuery) }
}
