import { type CollectionPlan, recordedPlan } from './collection-plan.js'
import type { PlannedCollection } from './opened-collection.js'

/**
 * The plan with as many rows of a document in one as in a collection that holds points already: rows of two kinds would not compare. A recipe that
 * does not say it, a collection of another program, and one that is to hold whole documents have a row for each token.
 * @param isSaid the caller named a factor, which then has to be the collection's
 * @param startsOver what the collection has is going to be dropped
 */
export async function keepPoolFactor(
  { store, collection, plan }: PlannedCollection,
  isSaid: boolean,
  startsOver = false,
): Promise<CollectionPlan> {
  if (isSaid || plan.vectors.late === undefined) return plan
  const found = startsOver ? null : await store.describeCollection(collection)
  const isEmpty = found === null || found.points === 0
  if (isEmpty && plan.chunking !== null) return plan
  const poolFactor = (isEmpty ? undefined : recordedPlan(found)?.spec.poolFactor) ?? 1
  return { ...plan, spec: { ...plan.spec, poolFactor } }
}
