import { resolve } from 'node:path'
import { requireCatalog } from './catalog.js'
import { openLocalStorage } from './local-storage.js'
import { requireIntact } from './verify-store.js'

/**
 * Rewrites every collection of a store without its replaced and deleted points; IDF statistics then count the points
 * that are left. Each collection is written anew beside the old one, which counts until the new one is complete: a stop
 * at any moment leaves one of them. Needs free space for the largest collection.
 * @throws StoreError `STORE_MISSING`, `STORE_LOCKED`, `STORE_FULL`, `STORE_CORRUPT`, `STORE_VERSION`
 */
export async function compactStore(path: string): Promise<void> {
  const store = resolve(path)
  await requireCatalog(store)
  await using storage = await openLocalStorage({ path })
  await requireIntact(store)
  for (const collection of [...storage.collections().keys()]) await storage.compactCollection(collection)
}
