import { prepareMaxSim } from '../../../scoring/max-sim.js'
import type { Multivector, SparseVector, Vector } from '../../../vectors.js'
import { spaceSimilarity, type VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { prepareSparse } from './sparse-search.js'

/** Similarity, in float32, of an example and the point in a slot that has the vector: larger is nearer, also for Euclid and Manhattan. */
export type ExampleSimilarity = (slot: number) => number

/** @param example as {@link fitVector} gives it */
export function similarityTo(collection: Collection, space: VectorSpace, example: Vector): ExampleSimilarity {
  if (space.kind === 'sparse') {
    const score = prepareSparse(collection, space, example as SparseVector)
    return (slot) => score(slot) ?? 0
  }
  const similarity = spaceSimilarity(space)
  if (space.kind === 'dense') {
    const column = collection.table.dense(space.name)
    const query = example as Float32Array
    return (slot) => Math.fround(similarity(query, 0, column.vector(slot)!, 0, space.dimension))
  }
  const column = collection.table.multivector(space.name)
  const score = prepareMaxSim(example as Multivector, similarity)
  return (slot) => Math.fround(score(column.view(slot)!))
}

/** The vector of the point in a slot, as it is stored, or undefined. */
export function storedVector(collection: Collection, slot: number, name: string): Vector | undefined {
  const space = collection.space(name)
  return collection.table[space.kind](name).vector(slot)
}
