import { type CollectionPlan, type Method, type PlannedVector, recordedPlan } from './collection-plan.js'
import type { PlannedCollection } from './opened-collection.js'
import { namesOf, type VectorNames } from './vector-naming.js'

/** What a caller said of chunks; the rest is a default. */
export interface SaidOfChunks {
  /** Whether and how documents are cut. */
  readonly chunks: boolean
  /** Whether documents have vectors of their own. */
  readonly documents: boolean
}

/**
 * The plan with what a collection that was made before already does with long documents, as far as the caller did not say it: a default that
 * came later does not cut a collection's documents anew, and the same command again continues it.
 * @param startsOver what the collection has is going to be dropped
 */
export async function keepChunking(
  { store, collection, plan }: PlannedCollection,
  said: SaidOfChunks,
  startsOver = false,
): Promise<CollectionPlan> {
  if (startsOver || (said.chunks && said.documents)) return plan
  const found = await store.describeCollection(collection)
  if (found === null) return plan
  const recorded = recordedPlan(found)
  if (recorded === null) {
    // nobody wrote down how it was filled: a place for whole documents, or none, is all that there is to know
    const there = [...Object.keys(found.vectors), ...Object.keys(found.sparseVectors)]
    const fits = Object.values(plan.vectors).every((planned) => namesOf(planned).every((name) => there.includes(name)))
    return said.chunks || fits ? plan : withoutChunks(plan)
  }
  // the recipe of a collection that holds nothing binds nobody
  if (found.points === 0) return plan
  const chunking = said.chunks ? plan.chunking : recorded.chunking
  if (chunking === null) return withoutChunks(plan)
  return { ...(said.documents ? plan : withNamesOf(plan, recorded.vectors)), chunking }
}

/** The plan with the names that the vectors of a collection have: with them documents have vectors of their own, or have none. */
export function withNamesOf(plan: CollectionPlan, named: CollectionPlan['vectors']): CollectionPlan {
  return renamed(plan, (method, planned) => named[method] ?? planned)
}

/** The plan of a collection in which a document is a point. */
function withoutChunks(plan: CollectionPlan): CollectionPlan {
  const plain = (_: Method, { vector, documentVector = vector }: PlannedVector) => ({ vector: documentVector })
  return { ...renamed(plan, plain), chunking: null }
}

function renamed(
  plan: CollectionPlan,
  namesFor: (method: Method, planned: PlannedVector) => VectorNames,
): CollectionPlan {
  const vectors = Object.entries(plan.vectors).map(([method, planned]) => {
    const { vector: _, documentVector: __, ...others } = planned
    const { vector, documentVector } = namesFor(method as Method, planned)
    return [method, { vector, ...others, ...(documentVector !== undefined && { documentVector }) }]
  })
  return { ...plan, vectors: Object.fromEntries(vectors) }
}
