import type { EngineOptions } from './engine/collection/collection.js'
import { EmbeddedStore } from './engine/embedded-store.js'
import { type LocalStorageOptions, openLocalStorage } from './local/local-storage.js'
import { requireIntact } from './local/verify-store.js'

/** The engine over files, which can be held against what was written. */
class LocalStore extends EmbeddedStore {
  requireIntact(collection: string): Promise<void> {
    return requireIntact(this.location, collection)
  }
}

/**
 * A store in a folder of this machine: the same engine as in memory, over files that survive the process.
 * @throws StoreError `STORE_LOCKED`, `STORE_VERSION`, `STORE_CORRUPT`, `STORE_NOT_WRITABLE`, `STORE_FULL`, `STORE_MISSING`
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export async function openLocalStore({
  maxConditions,
  ...options
}: LocalStorageOptions & Pick<EngineOptions, 'maxConditions'>): Promise<EmbeddedStore> {
  return new LocalStore(await openLocalStorage(options), { maxConditions })
}
