import { isMissing, isObject, type JsonObject } from '../../../options.js'
import { NO_CHECK } from '../../request/field-check.js'
import { type Condition, EMPTY_FILTER, exceptIds, type FilterNode, mergeFilters } from '../../request/filter.js'
import { readCount } from '../../request/json-shape.js'
import { type PayloadPath, parsePath } from '../../request/payload-path.js'
import { toPointId } from '../../request/point-id.js'
import type { QueryNode, RawExample } from '../../request/query-node.js'
import { parseQueryNode } from '../../request/query-parse.js'
import { malformed, notFound } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { type FindCollection, referencedIds, resolveExamples } from './example-lookup.js'
import { GroupAggregator, type GroupId } from './group-aggregator.js'
import { hitReader, type ScoredRecord } from './query-points.js'
import { QueryRun } from './query-run.js'
import { type PointRecord, recordReader } from './read-points.js'
import { isAscending } from './score-order.js'

const DEFAULT_GROUPS = 10
const DEFAULT_GROUP_SIZE = 3

/** Rounds in which new groups are looked for, and then in which the groups found are filled up. */
const MAX_ROUNDS = 5

export interface PointGroup {
  id: GroupId
  hits: ScoredRecord[]
  lookup?: PointRecord
}

/**
 * `POST /points/query/groups`: the best groups of points with the same payload value, the best points of each.
 * As the server does, the query runs in rounds: each leaves out the points that were seen and the groups that are full,
 * so that a fusion ranks anew every time, and groups may stay incomplete.
 */
export async function groupPoints(
  collection: Collection,
  find: FindCollection,
  request: JsonObject,
): Promise<PointGroup[]> {
  if (isMissing(request.group_by)) throw malformed('missing field `group_by`')
  const path = parsePath(request.group_by)
  const where = 'search_group_request.group_request'
  const limit = readCount(request.limit, `${where}.limit`, 1) ?? DEFAULT_GROUPS
  const size = readCount(request.group_size, `${where}.group_size`, 1) ?? DEFAULT_GROUP_SIZE
  const raw = widenPrefetches({ ...parseQueryNode(request, where), limit: limit * size }, size)
  const lookup = await findLookup(find, request.with_lookup)
  const read = hitReader(collection, request)
  const node = await resolveExamples(raw, collection, find, true)
  await collection.openGraphs()
  const ids = referencedIds(raw, (name) => name === collection.name)

  const isSmallFirst = isAscending(collection, node)
  const groups = new GroupAggregator(limit, size, isSmallFirst)
  const base = mergeFilters(ids.length === 0 ? null : exceptIds(ids), hasValue(path))
  const round = (filter: FilterNode | null): boolean => {
    const seen = groups.seenIds()
    const excluded = mergeFilters(mergeFilters(base, filter), seen.length === 0 ? null : exceptIds(seen))
    const ranking = new QueryRun(collection).run(node, 0, excluded)
    groups.add(collection, path, ranking)
    return ranking.slots.length > 0 && !groups.isComplete()
  }
  for (let i = 0; i < MAX_ROUNDS && round(matchGroups(path, groups.fullKeys(), 'except')); i++);
  if (!groups.isComplete()) for (let i = 0; i < MAX_ROUNDS && round(matchGroups(path, groups.openKeys(), 'any')); i++);

  return groups.best().map(({ id, hits }) => {
    const group: PointGroup = { id, hits: hits.map(({ slot, score, orderValue }) => read(slot, score, orderValue)) }
    const found = lookup?.(id)
    return found ? { ...group, lookup: found } : group
  })
}

/** Every prefetch finds enough for whole groups. */
function widenPrefetches(node: QueryNode<RawExample>, size: number): QueryNode<RawExample> {
  return {
    ...node,
    prefetch: node.prefetch.map((inner) => widenPrefetches({ ...inner, limit: inner.limit * size }, size)),
  }
}

function hasValue(path: PayloadPath): FilterNode {
  return { ...EMPTY_FILTER, mustNot: [{ kind: 'isEmpty', path }] }
}

/** One condition for the texts and one for the integers among the keys; null without keys. */
function matchGroups(path: PayloadPath, keys: readonly GroupId[], kind: 'any' | 'except'): FilterNode | null {
  const lists = [keys.filter((key) => typeof key === 'string'), keys.filter((key) => typeof key === 'number')]
  const must = lists
    .filter((list) => list.length > 0)
    .map((list): Condition => {
      const match = { kind, values: new Set<string | number>(list) }
      return { kind: 'field', path, check: { ...NO_CHECK, match } }
    })
  return must.length === 0 ? null : { ...EMPTY_FILTER, must }
}

/** Gives the point of another collection that has a group's key as its id. */
async function findLookup(
  find: FindCollection,
  value: unknown,
): Promise<((id: GroupId) => PointRecord | undefined) | null> {
  if (isMissing(value)) return null
  const request: JsonObject = isObject(value) ? value : { collection: value }
  if (typeof request.collection !== 'string') throw malformed('missing field `collection`')
  const source = await find(request.collection)
  if (!source) throw notFound(`Collection ${request.collection} not found`)
  const read = recordReader(source, request, true)
  return (id) => {
    const pointId = toPointId(id)
    const slot = pointId === null ? undefined : source.table.slotOf(pointId)
    return slot === undefined ? undefined : read(slot)
  }
}
