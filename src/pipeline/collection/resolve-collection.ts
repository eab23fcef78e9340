import type { Store } from '../../stores/store.js'

/**
 * The collection that a name stands for now: the one behind an alias, or the name itself. What is asked in several steps resolves its name once,
 * so that an alias that is switched in between does not mix two collections.
 */
export async function resolveCollection(store: Pick<Store, 'aliases'>, name: string): Promise<string> {
  return (await store.aliases?.list())?.get(name) ?? name
}

/** Names that stand for a collection. */
export async function aliasesOf(store: Pick<Store, 'aliases'>, collection: string): Promise<string[]> {
  const all = (await store.aliases?.list()) ?? new Map<string, string>()
  return [...all].filter(([, behind]) => behind === collection).map(([alias]) => alias)
}
