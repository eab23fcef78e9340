import { isSmallBetter } from '../../../scoring/distance.js'
import type { QueryNode } from '../../request/query-node.js'
import type { Collection } from '../collection/collection.js'

/** Whether the best result of a query has the smallest score: a distance that is shown as such. */
export function isAscending(collection: Collection, { query, using }: QueryNode<unknown>): boolean {
  const isDistance =
    query?.kind === 'nearest' ||
    query?.kind === 'mmr' ||
    (query?.kind === 'recommend' && query.strategy === 'average_vector')
  if (!isDistance) return false
  const space = collection.spaces.get(using)
  return space !== undefined && space.kind !== 'sparse' && isSmallBetter(space.distance)
}
