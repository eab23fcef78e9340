import type { JsonObject } from '../../../options.js'
import { exceptIds } from '../../request/filter.js'
import { expectArray, expectObject, readCount } from '../../request/json-shape.js'
import { parseQueryNode } from '../../request/query-parse.js'
import type { Collection } from '../collection/collection.js'
import { type FindCollection, referencedIds, resolveExamples } from './example-lookup.js'
import { QueryRun } from './query-run.js'
import type { Ranking } from './ranking.js'
import { type PointRecord, recordReader } from './read-points.js'

/** A point that a query found, as an answer carries it. */
export interface ScoredRecord extends PointRecord {
  /** Number of the operation that last changed the point. */
  version: number
  score: number
}

/** What a query has from the batch that it is part of. */
export interface QueryContext {
  /** What the server calls the request in its validation errors. @default 'internal' */
  readonly where?: string
  /** Shared by the queries of a batch. @default one of its own */
  readonly run?: QueryRun
}

/** `POST /points/query`: the hits, best first, equal scores by id. */
export async function queryPoints(
  collection: Collection,
  find: FindCollection,
  request: JsonObject,
  context: QueryContext = {},
): Promise<ScoredRecord[]> {
  const ranking = await rankPoints(collection, find, request, context)
  const read = hitReader(collection, request)
  return ranking.slots.map((slot, i) => read(slot, ranking.scores[i]!, ranking.orderValues?.[i]))
}

/** Gives the point in a slot as a hit with what a request wants of it, its fields in the order in which the server has them. */
export function hitReader(
  collection: Collection,
  request: JsonObject,
): (slot: number, score: number, orderValue: number | undefined) => ScoredRecord {
  const read = recordReader(collection, request, false)
  return (slot, score, orderValue) => {
    const { id, ...rest } = read(slot)
    const order = orderValue === undefined ? {} : { order_value: orderValue }
    return { id, version: collection.versionOf(slot), score, ...rest, ...order }
  }
}

/** Several queries; none is run where one is malformed. */
export async function queryPointsBatch(
  collection: Collection,
  find: FindCollection,
  request: JsonObject,
): Promise<ScoredRecord[][]> {
  const searches = expectArray(request.searches, 'searches').map((search) =>
    expectObject(search, 'struct QueryRequest'),
  )
  const run = new QueryRun(collection)
  const answers: ScoredRecord[][] = []
  for (const [i, search] of searches.entries()) {
    answers.push(await queryPoints(collection, find, search, { run, where: `searches[${i}].internal` }))
  }
  return answers
}

/** The ranking of a query, its offset skipped. */
async function rankPoints(
  collection: Collection,
  find: FindCollection,
  request: JsonObject,
  { where = 'internal', run = new QueryRun(collection) }: QueryContext = {},
): Promise<Ranking> {
  const node = parseQueryNode(request, where)
  const offset = readCount(request.offset, `${where}.offset`) ?? 0
  const source = new Map<string, Collection | null>()
  const findOnce: FindCollection = async (name) => {
    if (!source.has(name)) source.set(name, await find(name))
    return source.get(name)!
  }
  const resolved = await resolveExamples(node, collection, findOnce)
  await collection.openGraphs()
  const ids = referencedIds(node, (lookup) => source.get(lookup) === collection)
  return run.run(resolved, offset, ids.length === 0 ? null : exceptIds(ids))
}
