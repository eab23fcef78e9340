import { openLocalStore } from './open-local.js'
import { openQdrantStore } from './qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from './qdrant/qdrant-store-options.js'
import type { Store } from './store.js'

/** Where the points are: a folder, or a Qdrant server. */
export type StoreLocation = { readonly path: string } | QdrantStoreOptions

/**
 * Opens a store. An embedded store has one writer at a time and any number of readers, who see it as it was when they opened it.
 * @throws StoreError `STORE_LOCKED`, `STORE_UNREACHABLE`, …; InputError `INVALID_OPTION` */
export async function openStore(location: StoreLocation, access: 'write' | 'read' = 'write'): Promise<Store> {
  if ('path' in location) return openLocalStore({ path: location.path, readOnly: access === 'read' })
  return openQdrantStore(location)
}
