import { METADATA_KEY } from '../../stores/collection-metadata.js'
import { parseVectors } from '../../stores/request/vector-input.js'
import type { StoredCollection } from '../collection/opened-collection.js'
import { exportPoints } from '../points-files/export-points.js'
import { recipeVectors } from '../points-files/points-recipe.js'
import type { VectorSource } from './vector-source.js'

/**
 * A collection to be compared. It is held against its checksums first, where the store has some.
 * @throws StoreError `COLLECTION_MISSING`, `STORE_CORRUPT`
 */
export async function collectionSource(stored: StoredCollection): Promise<VectorSource> {
  const { store, collection } = stored
  await store.requireIntact?.(collection)
  const { recipe, points } = await exportPoints(stored)
  await points.return(undefined)
  return {
    place: `${store.location}#${collection}`,
    recipe: recipe.config.metadata?.[METADATA_KEY] === undefined ? null : recipe,
    vectors: recipeVectors(recipe),
    hasIds: true,
    read: async function* () {
      yield* (await exportPoints(stored)).points
    },
    retrieve: async (ids) => {
      const found = await store.retrieve(collection, ids, { payload: false, vectors: true })
      return found.map(({ id, vectors }) => ({ id, vectors: vectors === null ? {} : parseVectors(vectors, `${id}`) }))
    },
  }
}
