import type { Vector } from '../../../vectors.js'
import { fitVector, type VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { similarityTo, storedVector } from './example-similarity.js'
import { pick, type Ranking, sliceRanking } from './ranking.js'

/**
 * Maximal marginal relevance: picks one point after the other by λ · relevance − (1 − λ) · largest similarity to what is picked already.
 * The picked points keep their scores. As on the server, vectors are compared in float32 whatever their datatype, and without IDF.
 * @param query as the request has it
 * @param candidates ranked by nearness to the query
 * @param diversity 1 − λ, from 0 (relevance alone) to 1 (difference alone)
 * @see Carbonell and Goldstein, The use of MMR, SIGIR 1998
 */
export function diversify(
  collection: Collection,
  space: VectorSpace,
  query: Vector,
  candidates: Ranking,
  diversity: number,
  limit: number,
): Ranking {
  if (candidates.slots.length < 2) return sliceRanking(candidates, 0, limit)
  const { slots } = candidates
  const plain = plainSpace(space)
  const relevance = slots.map(similarityTo(collection, plain, fitVector(plain, query)))
  // MaxSim is not symmetric: each candidate is the query, what is picked the document.
  const toOthers = slots.map((slot) => {
    return similarityTo(collection, plain, fitVector(plain, storedVector(collection, slot, space.name)!))
  })
  const lambda = Math.fround(1 - Math.fround(diversity))
  const rest = Math.fround(1 - lambda)
  const remaining = slots.map((_, i) => i)
  const nearest = new Float64Array(slots.length).fill(-Infinity)
  const picked: number[] = []
  while (remaining.length > 0 && picked.length < limit) {
    const value = (i: number) =>
      picked.length === 0
        ? relevance[i]!
        : Math.fround(Math.fround(lambda * relevance[i]!) - Math.fround(rest * nearest[i]!))
    const best = lastLargest(remaining, value)
    const chosen = remaining[best]!
    // As the server does: the last takes the place of what is picked, which decides between equals later.
    remaining[best] = remaining.at(-1)!
    remaining.pop()
    picked.push(chosen)
    for (const i of remaining) nearest[i] = Math.max(nearest[i]!, toOthers[i]!(slots[chosen]!))
  }
  return pick(candidates, picked)
}

function plainSpace(space: VectorSpace): VectorSpace {
  return space.kind === 'sparse' ? { ...space, hasIdf: false } : { ...space, datatype: 'float32' }
}

function lastLargest(items: readonly number[], value: (item: number) => number): number {
  let best = 0
  let largest = -Infinity
  items.forEach((item, i) => {
    const current = value(item)
    if (current >= largest) {
      largest = current
      best = i
    }
  })
  return best
}
