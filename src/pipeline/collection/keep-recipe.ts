import type { CollectionPlan } from './collection-plan.js'
import { keepChunking, type SaidOfChunks } from './keep-chunking.js'
import { keepPoolFactor } from './keep-pool-factor.js'
import type { PlannedCollection } from './opened-collection.js'

/** What a caller said of how documents are kept; the rest is a default. */
export interface SaidOfRecipe extends SaidOfChunks {
  /** How many rows of a late vector become one. */
  readonly rows: boolean
}

/**
 * The plan with what a collection that was made before already does, as far as the caller did not say it.
 * @param startsOver what the collection has is going to be dropped
 */
export async function keepRecipe(
  { store, collection, plan }: PlannedCollection,
  said: SaidOfRecipe,
  startsOver = false,
): Promise<CollectionPlan> {
  const chunked = await keepChunking({ store, collection, plan }, said, startsOver)
  return keepPoolFactor({ store, collection, plan: chunked }, said.rows, startsOver)
}
