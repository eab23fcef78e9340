import { InputError } from '../errors.js'
import { openLocalStore } from '../stores/local.js'
import { openQdrantStore } from '../stores/qdrant/qdrant-store.js'
import type { Store } from '../stores/store.js'

/** Where the points are: a folder, or a Qdrant server. */
export type StoreLocation = { readonly path: string } | { readonly url: string; readonly apiKey?: string }

/** @throws StoreError `STORE_LOCKED`, `STORE_UNREACHABLE`, …; InputError `INVALID_OPTION` */
export async function openStore(location: StoreLocation): Promise<Store> {
  if ('path' in location) return openLocalStore({ path: location.path })
  if (!/^https?:\/\//.test(location.url)) {
    throw new InputError('INVALID_OPTION', `url: expected http://HOST:PORT or https://HOST, got "${location.url}".`)
  }
  return openQdrantStore(location)
}
