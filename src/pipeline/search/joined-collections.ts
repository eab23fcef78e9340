import type { PointId } from '../../document.js'
import { fuseByDistribution } from '../../scoring/distribution-based-fusion.js'
import { fuseByReciprocalRank } from '../../scoring/reciprocal-rank-fusion.js'
import { compareIds } from '../../stores/request/point-id.js'
import type { Filter, Hit, PointReadOptions, QueryRequest, Store, StoredPoint } from '../../stores/store.js'

type ReadStore = Pick<Store, 'query' | 'queryBatch' | 'retrieve'>

/** What `buildSearch` makes of a search: a list, one that is scored over others' points, or lists that are fused. */
interface SearchLevel {
  readonly prefetch?: SearchLevel | readonly SearchLevel[]
  readonly query: unknown
  readonly using?: string
  readonly limit: number
}

/**
 * Collections of the same points that hold different vectors of them, searched as if all vectors were in one: each list comes from the
 * collection that has its vector, and is fused as the store would. So vectors that two evaluations share are made once.
 */
export class JoinedCollections implements ReadStore {
  readonly #store: ReadStore
  readonly #places: ReadonlyMap<string, string>

  /** @param places collection of each vector, by the vector's name */
  constructor(store: ReadStore, places: ReadonlyMap<string, string>) {
    this.#store = store
    this.#places = places
  }

  /** Points are the same in every collection. */
  retrieve(collection: string, ids: readonly PointId[], options?: PointReadOptions): Promise<StoredPoint[]> {
    return this.#store.retrieve(collection, ids, options)
  }

  /** @param request one that `buildSearch` made */
  query(_collection: string, request: QueryRequest): Promise<Hit[]> {
    return this.#run(request as SearchLevel, request.filter ?? undefined)
  }

  async queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]> {
    const found: Hit[][] = []
    for (const request of requests) found.push(await this.query(collection, request))
    return found
  }

  async #run({ prefetch, query, using, limit }: SearchLevel, filter: Filter | undefined): Promise<Hit[]> {
    const lists: Hit[][] = []
    for (const level of prefetch === undefined ? [] : [prefetch].flat()) lists.push(await this.#run(level, filter))
    if (using === undefined) return fuse(lists, query as object).slice(0, limit)
    const among = prefetch === undefined ? [] : [{ has_id: [...new Set(lists.flat().map(({ id }) => id))] }]
    const must = [...among, ...(filter === undefined ? [] : [filter])]
    const request = { query, using, limit, with_payload: true, ...(must.length > 0 && { filter: { must } }) }
    return this.#store.query(this.#places.get(using)!, request as QueryRequest)
  }
}

function fuse(lists: readonly (readonly Hit[])[], query: object): Hit[] {
  const hits = new Map(lists.flat().map((hit) => [hit.id, hit]))
  const scores =
    'rrf' in query
      ? fuseByReciprocalRank(
          lists.map((list) => list.map(({ id }) => id)),
          { rrfK: (query.rrf as { k: number }).k },
        )
      : fuseByDistribution(
          lists.map((list) => ({ items: list.map(({ id }) => id), scores: list.map(({ score }) => score) })),
        )
  return [...scores]
    .map(([id, score]) => ({ ...hits.get(id)!, score }))
    .sort((a, b) => b.score - a.score || compareIds(a.id, b.id))
}
