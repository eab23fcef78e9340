import type { Payload, PointId } from '../../src/document.js'
import { fuseByDistribution } from '../../src/scoring/distribution-based-fusion.js'
import { idf } from '../../src/scoring/idf.js'
import { prepareMaxSim } from '../../src/scoring/max-sim.js'
import { fuseByReciprocalRank } from '../../src/scoring/reciprocal-rank-fusion.js'
import { sparseDotProduct } from '../../src/scoring/sparse-dot-product.js'
import { compileFilter } from '../../src/stores/engine/search/filter-test.js'
import { type FilterNode, mergeFilters } from '../../src/stores/request/filter.js'
import { parseFilter } from '../../src/stores/request/filter-parse.js'
import { parsePayloadSelector } from '../../src/stores/request/payload-selector.js'
import { compareIds, parsePointId } from '../../src/stores/request/point-id.js'
import type { QueryNode, RawExample } from '../../src/stores/request/query-node.js'
import { parseQueryNode } from '../../src/stores/request/query-parse.js'
import {
  badRequest,
  collectionExists,
  collectionMissing,
  notFound,
  unknownVectorName,
  unsupported,
} from '../../src/stores/request/refusal.js'
import { isMultivector, isSparse } from '../../src/stores/request/vector-input.js'
import type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  PayloadIndexSchema,
  Point,
  PointReadOptions,
  QueryRequest,
  ScrolledPage,
  ScrollOptions,
  Store,
  StoredPoint,
} from '../../src/stores/store.js'
import { fitVector, spaceSimilarity, type VectorSpace, vectorSpaces } from '../../src/stores/table/vector-space.js'
import { namedVectors } from '../../src/stores/table-schema.js'
import { type TypedPoint, typedPoint } from '../../src/stores/typed-point.js'
import type { Multivector, SparseVector, Vector } from '../../src/vectors.js'

interface MapCollection {
  readonly config: CollectionConfig
  readonly spaces: ReadonlyMap<string, VectorSpace>
  readonly points: Map<PointId, TypedPoint>
  readonly indexes: Record<string, PayloadIndexSchema>
  /** All sparse vectors that were ever stored, by name: those of deleted points count in IDF, too. */
  readonly everSparse: Map<string, SparseVector[]>
}

interface Scored {
  readonly point: TypedPoint
  readonly score: number
}

/** A store of maps and loops, as somebody would write a first one: nothing optional, no index, every list whole. */
export class MapStore implements Store {
  readonly location = 'map'
  readonly upsertStreams = 1
  readonly #collections = new Map<string, MapCollection>()

  async createCollection(collection: string, config: CollectionConfig): Promise<void> {
    if (this.#collections.has(collection)) throw collectionExists(collection)
    const spaces = vectorSpaces(config)
    const made = { config, spaces, points: new Map(), indexes: {}, everSparse: new Map<string, SparseVector[]>() }
    this.#collections.set(collection, made)
  }

  async describeCollection(collection: string): Promise<CollectionDescription | null> {
    const found = this.#collections.get(collection)
    if (found === undefined) return null
    const { config, indexes, points } = found
    return {
      vectors: namedVectors(config),
      sparseVectors: (config.sparse_vectors ?? {}) as CollectionDescription['sparseVectors'],
      metadata: config.metadata ?? {},
      config,
      payloadSchema: indexes,
      points: points.size,
    }
  }

  async listCollections(): Promise<string[]> {
    return [...this.#collections.keys()].sort()
  }

  async deleteCollection(collection: string): Promise<void> {
    this.#collections.delete(collection)
  }

  async createPayloadIndex(collection: string, field: string, schema: PayloadIndexSchema): Promise<void> {
    this.#find(collection).indexes[field] = schema
  }

  async beginLoad(_collection: string): Promise<void> {}

  async endLoad(_collection: string): Promise<void> {}

  async upsert(collection: string, points: readonly Point[]): Promise<void> {
    const { spaces, points: stored, everSparse } = this.#find(collection)
    const fitted = points.map((point, i): TypedPoint => {
      const { id, vectors, payload } = typedPoint(point, 'upsert', i)
      const fit = ([name, vector]: [string, Vector]) => [name, fitVector(spaceOf(spaces, name), vector)]
      return {
        id: parsePointId(id),
        vectors: Object.fromEntries(Object.entries(vectors).map(fit)),
        payload: structuredClone(payload),
      }
    })
    for (const point of fitted) {
      stored.set(point.id, point)
      for (const [name, vector] of Object.entries(point.vectors)) {
        if (isSparse(vector) && vector.indices.length > 0)
          everSparse.set(name, [...(everSparse.get(name) ?? []), vector])
      }
    }
  }

  async delete(collection: string, ids: readonly PointId[]): Promise<void> {
    const { points } = this.#find(collection)
    for (const id of ids) points.delete(id)
  }

  async retrieve(collection: string, ids: readonly PointId[], options: PointReadOptions = {}): Promise<StoredPoint[]> {
    const { points } = this.#find(collection)
    return ids.flatMap((id) => points.get(id) ?? []).map((point) => toStored(point, options))
  }

  async scroll(collection: string, options: ScrollOptions): Promise<ScrolledPage> {
    const { filter, limit, offset } = options
    const all = matching(this.#find(collection), parseFilter(filter))
    const rest = all.filter(({ id }) => offset === undefined || compareIds(id, offset) >= 0)
    return { points: rest.slice(0, limit).map((point) => toStored(point, options)), next: rest[limit]?.id ?? null }
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    return matching(this.#find(collection), parseFilter(filter)).length
  }

  async query(collection: string, request: QueryRequest): Promise<Hit[]> {
    const found = this.#find(collection)
    const node = parseQueryNode(request as Record<string, unknown>, 'query')
    const select = parsePayloadSelector(request.with_payload, false)
    const offset = request.offset ?? 0
    const hits = runLevel(found, { ...node, limit: node.limit + offset }, null).slice(offset)
    return hits.map(({ point: { id, payload }, score }) => ({ id, score, payload: select?.(payload) ?? null }))
  }

  async queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]> {
    return Promise.all(requests.map((request) => this.query(collection, request)))
  }

  async close(): Promise<void> {
    this.#collections.clear()
  }

  #find(collection: string): MapCollection {
    const found = this.#collections.get(collection)
    if (found === undefined) throw collectionMissing(collection)
    return found
  }
}

function spaceOf(spaces: ReadonlyMap<string, VectorSpace>, name: string): VectorSpace {
  const space = spaces.get(name)
  if (space === undefined) throw unknownVectorName(name)
  return space
}

/** The points that a filter lets through, in the order of their ids. */
function matching({ points }: MapCollection, filter: FilterNode | null): TypedPoint[] {
  const all = [...points.values()].sort((a, b) => compareIds(a.id, b.id))
  if (filter === null) return all
  const test = compileFilter(filter, {
    idOf: (slot) => all[slot]!.id,
    hasVector: (slot, name) => name in all[slot]!.vectors,
    payload: (slot): Payload => all[slot]!.payload,
    fieldValues: () => null,
    indexType: () => null,
    textAnalyzer: () => null,
    maxConditions: Number.POSITIVE_INFINITY,
  })
  return all.filter((_, slot) => test(slot))
}

/** One level of a query after those below it. @param outer filter of the levels above */
function runLevel(collection: MapCollection, node: QueryNode<RawExample>, outer: FilterNode | null): Scored[] {
  const filter = mergeFilters(outer, node.filter)
  const lists = node.prefetch.map((level) => runLevel(collection, level, filter))
  return rank(collection, node, filter, lists)
    .filter(({ score }) => node.scoreThreshold === null || score > node.scoreThreshold)
    .sort((a, b) => b.score - a.score)
    .slice(0, node.limit)
}

function rank(
  collection: MapCollection,
  { query, using }: QueryNode<RawExample>,
  filter: FilterNode | null,
  lists: readonly Scored[][],
): Scored[] {
  if (query?.kind === 'nearest') {
    const found = new Set(lists.flat().map(({ point }) => point))
    const candidates = matching(collection, filter).filter((point) => lists.length === 0 || found.has(point))
    const { example } = query
    if (typeof example === 'object') return score(collection, using, example, candidates)
    const vector = collection.points.get(example)?.vectors[using]
    if (vector === undefined) throw notFound(`No point with id ${example} found`)
    const others = candidates.filter(({ id }) => id !== example)
    return score(collection, using, vector, others)
  }
  if (query?.kind !== 'rrf' && query?.kind !== 'dbsf') throw unsupported(`The query ${query?.kind ?? 'of no kind'}`)
  if (lists.length === 0) throw badRequest('a fusion needs prefetches')
  const points = lists.map((list) => list.map(({ point }) => point))
  const fused =
    query.kind === 'rrf'
      ? fuseByReciprocalRank(points, { rrfK: query.k, ...(query.weights && { weights: query.weights }) })
      : fuseByDistribution(lists.map((list, i) => ({ items: points[i]!, scores: list.map((each) => each.score) })))
  return [...fused].map(([point, score]) => ({ point, score }))
}

/** The points that have the vector, by likeness to a query's. */
function score(
  { spaces, everSparse }: MapCollection,
  name: string,
  example: Vector,
  points: readonly TypedPoint[],
): Scored[] {
  const space = spaceOf(spaces, name)
  const query = fitVector(space, example)
  const likeness =
    space.kind === 'sparse'
      ? sparseLikeness(query as SparseVector, space.hasIdf ? (everSparse.get(name) ?? []) : null)
      : prepareMaxSim(toRows(query as Float32Array | Multivector), spaceSimilarity(space))
  return points.flatMap((point) => {
    const vector = point.vectors[name]
    const value = vector === undefined ? null : likeness((isSparse(vector) ? vector : toRows(vector)) as never)
    return value === null ? [] : [{ point, score: value }]
  })
}

function sparseLikeness({ indices, values }: SparseVector, all: readonly SparseVector[] | null) {
  const frequency = (index: number) => all!.filter((vector) => vector.indices.includes(index)).length
  const weighted = Float64Array.from(values, (value, i) =>
    all === null ? value : Math.fround(value * idf(all.length, frequency(indices[i]!))),
  )
  return (vector: SparseVector) => sparseDotProduct({ indices, values: weighted }, vector)
}

function toRows(vector: Float32Array | Multivector): Multivector {
  return isMultivector(vector) ? vector : { rows: 1, dimension: vector.length, values: vector }
}

function toStored({ id, payload, vectors }: TypedPoint, options: PointReadOptions): StoredPoint {
  const { payload: withPayload = true, vectors: wanted = false } = options
  const names = Array.isArray(wanted) ? wanted : wanted ? Object.keys(vectors) : null
  const named = names?.flatMap((name) => (name in vectors ? [[name, toPlain(vectors[name]!)]] : []))
  return {
    id,
    payload: withPayload ? structuredClone(payload) : null,
    vectors: named === undefined ? null : (Object.fromEntries(named) as NonNullable<StoredPoint['vectors']>),
  }
}

function toPlain(vector: Vector) {
  if (isSparse(vector)) return { indices: [...vector.indices], values: [...vector.values] }
  if (!isMultivector(vector)) return [...vector]
  const { rows, dimension, values } = vector
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * dimension, (row + 1) * dimension)])
}
