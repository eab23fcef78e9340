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
  const lookup = new Lookup(source ?? collection, node.lookup?.vector ?? node.using, skipsMissing)
  return { ...node, prefetch, query: node.query && mapExamples(node.query, lookup.get, lookup.some) }
}

/** The ids used as vectors at any level, where they are looked up in the collection itself: they are not found by the query. */
export function referencedIds(node: QueryNode<RawExample>, isSameCollection: (lookup: string) => boolean): PointId[] {
  const own = !node.lookup || isSameCollection(node.lookup.collection) ? examplesOf(node.query).filter(isId) : []
  return [...own, ...node.prefetch.flatMap((inner) => referencedIds(inner, isSameCollection))]
}

function isId(example: RawExample): example is PointId {
  return typeof example !== 'object'
}

class Lookup {
  readonly #source: Collection
  readonly #name: string
  readonly #skipsMissing: boolean

  constructor(source: Collection, name: string, skipsMissing: boolean) {
    this.#source = source
    this.#name = name
    this.#skipsMissing = skipsMissing
  }

  /** Null where the point lacks the vector. */
  find(example: RawExample): Vector | null {
    if (!isId(example)) return example
    const slot = this.#source.table.slotOf(example)
    if (slot === undefined) throw notFound(`No point with id ${example} found`)
    this.#source.space(this.#name)
    const vector = storedVector(this.#source, slot, this.#name)
    return vector ? copyVector(vector) : null
  }

  readonly get = (example: RawExample): Vector => {
    const vector = this.find(example)
    if (!vector) throw notFound(`Vector with name "${this.#name}" for point not found`)
    return vector
  }

  /** Of examples of which those without the vector do not count. */
  readonly some = (examples: readonly RawExample[]): Vector[] =>
    examples
      .filter((example) => !(this.#skipsMissing && isId(example) && this.#source.table.slotOf(example) === undefined))
      .map((example) => this.find(example))
      .filter((vector) => vector !== null)
}
