import type { PointId } from '../../../document.js'
import type { Vector } from '../../../vectors.js'
import { examplesOf, mapExamples, type QueryNode, type RawExample } from '../../request/query-node.js'
import { notFound } from '../../request/refusal.js'
import { copyVector } from '../../request/vector-input.js'
import type { Collection } from '../collection/collection.js'
import { storedVector } from './example-similarity.js'

/** Gives a collection by its name or alias, or null. */
export type FindCollection = (name: string) => Promise<Collection | null>

/**
 * The query with every id replaced by the vector of its point, at every level.
 * @param skipsMissing whether a recommendation does without the examples whose point is missing, as the server's groups do
 * @throws StoreError `NOT_FOUND`, `VECTOR_UNKNOWN`
 */
export async function resolveExamples(
  node: QueryNode<RawExample>,
  collection: Collection,
  find: FindCollection,
  skipsMissing = false,
): Promise<QueryNode<Vector>> {
  const prefetch: QueryNode<Vector>[] = []
  for (const inner of node.prefetch) prefetch.push(await resolveExamples(inner, collection, find, skipsMissing))
  const source = node.lookup ? await find(node.lookup.collection) : collection
  const hasIds = examplesOf(node.query).some(isId)
  if (!source && hasIds) throw notFound(`Collection ${node.lookup!.collection} not found`)
  const { get, some } = lookupIn(source ?? collection, node.lookup?.vector ?? node.using, skipsMissing)
  return { ...node, prefetch, query: node.query && mapExamples(node.query, get, some) }
}

/** The ids used as vectors at any level, where they are looked up in the collection itself: they are not found by the query. */
export function referencedIds(node: QueryNode<RawExample>, isSameCollection: (lookup: string) => boolean): PointId[] {
  const own = !node.lookup || isSameCollection(node.lookup.collection) ? examplesOf(node.query).filter(isId) : []
  return [...own, ...node.prefetch.flatMap((inner) => referencedIds(inner, isSameCollection))]
}

function isId(example: RawExample): example is PointId {
  return typeof example !== 'object'
}

/** Gives the vector of an example, or those of several of which what lacks the vector does not count. */
function lookupIn(source: Collection, name: string, skipsMissing: boolean) {
  const find = (example: RawExample): Vector | null => {
    if (!isId(example)) return example
    const slot = source.table.slotOf(example)
    if (slot === undefined) throw notFound(`No point with id ${example} found`)
    source.space(name)
    const vector = storedVector(source, slot, name)
    return vector ? copyVector(vector) : null
  }
  const get = (example: RawExample): Vector => {
    const vector = find(example)
    if (!vector) throw notFound(`Vector with name "${name}" for point not found`)
    return vector
  }
  const isLeftOut = (example: RawExample) => skipsMissing && isId(example) && source.table.slotOf(example) === undefined
  const some = (examples: readonly RawExample[]): Vector[] =>
    examples
      .filter((example) => !isLeftOut(example))
      .map(find)
      .filter((vector) => vector !== null)
  return { get, some }
}
