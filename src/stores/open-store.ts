import { requireChoice } from '../options.js'
import type { QdrantStoreOptions } from './qdrant/qdrant-store-options.js'
import type { Store } from './store.js'

/** Whether a store is opened to be changed. */
export type StoreAccess = 'write' | 'read'

/**
 * The kinds of store: a folder of this machine, and a Qdrant server, each loaded when it is opened. A new kind is a line here; what opens it
 * takes a location's fields, its `kind` left out. A store in a folder says which in `path`.
 */
export const STORE_KINDS = {
  local: async ({ path }: { readonly path: string }, access: StoreAccess): Promise<Store> =>
    (await import('./open-local.js')).openLocalStore({ path, readOnly: access === 'read' }),
  qdrant: async (options: QdrantStoreOptions): Promise<Store> =>
    (await import('./qdrant/qdrant-store.js')).openQdrantStore(options),
}

type Kinds = typeof STORE_KINDS

/** Where the points are: a kind of store, and what opens it. */
export type StoreLocation = { [K in keyof Kinds]: { readonly kind: K } & Parameters<Kinds[K]>[0] }[keyof Kinds]

/**
 * Opens a store. An embedded store has one writer at a time and any number of readers, who see it as it was when they opened it.
 * @throws StoreError `STORE_LOCKED`, `STORE_UNREACHABLE`, …; InputError `INVALID_OPTION` */
export async function openStore({ kind, ...location }: StoreLocation, access: StoreAccess = 'write'): Promise<Store> {
  requireChoice('openStore', 'kind', kind ?? null, Object.keys(STORE_KINDS))
  const open: (location: never, access: StoreAccess) => Promise<Store> = STORE_KINDS[kind]
  return open(location as never, access)
}

/** Gives a store to a function, and closes it afterwards. @throws as {@link openStore} */
export async function withStore<T>(
  location: StoreLocation,
  access: StoreAccess,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(location, access)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** The folder of this machine that a store lies in; null for one that lies elsewhere. */
export function storeFolder(location: StoreLocation): string | null {
  return 'path' in location ? location.path : null
}
