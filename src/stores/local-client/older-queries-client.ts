import type { Schemas } from '#qdrant-client'
import type { JsonObject } from '../../options.js'
import { queryDiscover, queryEach, queryRecommend, querySearch } from './older-request.js'
import { ServerOnlyClient } from './server-only-client.js'

type Hits = Schemas['ScoredPoint'][]
/** What both have, where Qdrant's client lets the limit be left out. */
type Limited<Request extends { limit: number }> = Omit<Request, 'limit'> & Partial<Pick<Request, 'limit'>>
type Batch<Request> = { readonly searches: readonly Request[] }

/** The searches that Qdrant's client had before `query()`, by way of it. Errors are those of `query()`. */
export abstract class OlderQueriesClient extends ServerOnlyClient {
  abstract query(collection: string, request: Schemas['QueryRequest']): Promise<Schemas['QueryResponse']>
  abstract queryBatch(
    collection: string,
    request: Schemas['QueryRequestBatch'],
  ): Promise<readonly Schemas['QueryResponse'][]>
  abstract queryGroups(collection: string, request: Schemas['QueryGroupsRequest']): Promise<Schemas['GroupsResult']>

  /** The points nearest to a vector. */
  search(collection: string, request: Limited<Schemas['SearchRequest']>): Promise<Hits> {
    return this.#one(collection, () => querySearch(request))
  }

  /** Several searches at once, the hits of each in their order. */
  searchBatch(collection: string, request: Batch<Schemas['SearchRequest']>): Promise<Hits[]> {
    return this.#each(collection, request, querySearch)
  }

  /** The points nearest to a vector, in groups by a payload field. */
  searchPointGroups(collection: string, request: Schemas['SearchGroupsRequest']): Promise<Schemas['GroupsResult']> {
    return this.#groups(collection, () => querySearch(request))
  }

  /** Points like some and unlike others. */
  recommend(collection: string, request: Limited<Schemas['RecommendRequest']>): Promise<Hits> {
    return this.#one(collection, () => queryRecommend(request))
  }

  /** Several recommendations at once, the hits of each in their order. */
  recommendBatch(collection: string, request: Batch<Schemas['RecommendRequest']>): Promise<Hits[]> {
    return this.#each(collection, request, queryRecommend)
  }

  /** The same as {@link recommendBatch}, by the name that Qdrant's client had for it first. */
  recommend_batch(collection: string, request: Batch<Schemas['RecommendRequest']>): Promise<Hits[]> {
    return this.recommendBatch(collection, request)
  }

  /** Points like some and unlike others, in groups by a payload field. */
  recommendPointGroups(
    collection: string,
    request: Schemas['RecommendGroupsRequest'],
  ): Promise<Schemas['GroupsResult']> {
    return this.#groups(collection, () => queryRecommend(request))
  }

  /** Points near to a target, on the right side of pairs of examples. */
  discoverPoints(collection: string, request: Limited<Schemas['DiscoverRequest']>): Promise<Hits> {
    return this.#one(collection, () => queryDiscover(request))
  }

  /** Several discoveries at once, the hits of each in their order. */
  discoverBatchPoints(collection: string, request: Batch<Schemas['DiscoverRequest']>): Promise<Hits[]> {
    return this.#each(collection, request, queryDiscover)
  }

  async #one(collection: string, toQuery: () => JsonObject): Promise<Hits> {
    return (await this.query(collection, toQuery() as Schemas['QueryRequest'])).points
  }

  async #each(collection: string, request: unknown, toQuery: (each: unknown) => JsonObject): Promise<Hits[]> {
    const answers = await this.queryBatch(collection, queryEach(request, toQuery) as Schemas['QueryRequestBatch'])
    return answers.map(({ points }) => points)
  }

  async #groups(collection: string, toQuery: () => JsonObject): Promise<Schemas['GroupsResult']> {
    return this.queryGroups(collection, toQuery() as unknown as Schemas['QueryGroupsRequest'])
  }
}
