import { type CollectionPlan, type Method, type PlannedVector, recordedPlan } from './collection-plan.js'
import type { PlannedCollection } from './opened-collection.js'

/** What a caller said of chunks; the rest is a default. */
export interface SaidOfChunks {
  /** Whether and how documents are cut. */
  readonly chunks: boolean
  /** Whether documents have vectors of their own. */
  readonly documents: boolean
}

/**
 * The plan with what a collection that was filled before already does with long documents, as far as the caller did not say it: a default that
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
  // the recipe of a collection that holds nothing binds nobody
  const recorded = found === null || found.points === 0 ? null : recordedPlan(found)
  if (recorded === null) return plan
  const chunking = said.chunks ? plan.chunking : recorded.chunking
  const vectors = Object.fromEntries(
    Object.entries(plan.vectors).map(([method, { documentVector, ...planned }]): [string, PlannedVector] => {
      const kept = said.documents ? documentVector : recorded.vectors[method as Method]?.documentVector
      return [method, { ...planned, ...(kept !== undefined && chunking !== null && { documentVector: kept }) }]
    }),
  )
  return { ...plan, chunking, vectors }
}
