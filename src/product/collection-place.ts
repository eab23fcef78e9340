import { invalidOption, isObject, requireString } from '../options.js'
import { DEFAULT_COLLECTION, DEFAULT_STORE } from '../pipeline/collection/default-names.js'
import { type StoreAccess, type StoreLocation, withStore } from '../stores/open-store.js'
import type { Store } from '../stores/store.js'

/** A Qdrant server, as `openQdrantStore` takes it. */
type Server = Omit<Extract<StoreLocation, { kind: 'qdrant' }>, 'kind'>

/** Where the points of `ingest`, `search` and `evaluate` are. */
export interface CollectionPlace {
  /** Folder of an embedded store, or a Qdrant server: `{ url, apiKey }`. @default '.offgrid/store' */
  readonly store?: string | Server | undefined
  /** Name of the collection. @default 'hybrid-search' */
  readonly collection?: string | undefined
}

/** @throws InputError `INVALID_OPTION` */
export function locationOf(where: string, place: CollectionPlace['store'] = DEFAULT_STORE): StoreLocation {
  if (typeof place === 'string') return { kind: 'local', path: place }
  if (isObject(place)) return { ...place, kind: 'qdrant' }
  throw invalidOption(where, 'store', 'a folder, or where a server is ({ url })', place)
}

/** Names of the options of {@link CollectionPlace}. */
export const PLACE_OPTIONS: readonly (keyof CollectionPlace)[] = ['store', 'collection']

/**
 * Gives a store and the name of a collection to a function, and closes the store afterwards.
 * @throws InputError `INVALID_OPTION`; StoreError `STORE_LOCKED`, `STORE_MISSING`, `STORE_UNREACHABLE`, …
 */
export async function withCollection<T>(
  where: string,
  { store: place, collection = DEFAULT_COLLECTION }: CollectionPlace,
  access: StoreAccess,
  use: (store: Store, collection: string) => Promise<T>,
): Promise<T> {
  requireString(where, 'collection', collection)
  return withStore(locationOf(where, place), access, (store) => use(store, collection))
}
