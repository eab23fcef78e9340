import { StoreError } from '../../errors.js'
import type { Store } from '../../stores/store.js'

/**
 * The collection that a name stands for now: the one behind an alias, or the name itself. What is asked in several steps resolves its name once,
 * so that an alias that is switched in between does not mix two collections. Whoever may not list aliases names a collection.
 */
export async function resolveCollection(store: Pick<Store, 'aliases'>, name: string): Promise<string> {
  return (await listAliases(store)).get(name) ?? name
}

/** Names that stand for a collection, as far as they may be seen. */
export async function aliasesOf(store: Pick<Store, 'aliases'>, collection: string): Promise<string[]> {
  return [...(await listAliases(store))].filter(([, behind]) => behind === collection).map(([alias]) => alias)
}

async function listAliases({ aliases }: Pick<Store, 'aliases'>): Promise<ReadonlyMap<string, string>> {
  try {
    return (await aliases?.list()) ?? new Map()
  } catch (error) {
    // a key may be good for one collection alone
    if (error instanceof StoreError && error.code === 'STORE_FORBIDDEN') return new Map()
    throw error
  }
}
