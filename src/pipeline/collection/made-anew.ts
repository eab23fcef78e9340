import type { CollectionConfig, CollectionDescription, Store } from '../../stores/store.js'
import { aliasesOf } from './resolve-collection.js'

/** Key in the metadata of a collection that is made anew: names that are to stand for it. Whoever dies before they do leaves no other trace. */
const ALIASES_KEY = 'offgrid.aliases'

/** Drops a collection that is going to be made anew. @returns the names that stood for it, which a store drops with it */
export async function dropToMakeAnew(store: Store, collection: string): Promise<string[]> {
  const aliases = await aliasesOf(store, collection)
  await store.deleteCollection(collection)
  return aliases
}

/**
 * Makes a collection, and lets names stand for it.
 * @param aliases what {@link dropToMakeAnew} gave
 * @throws StoreError `COLLECTION_EXISTS`
 */
export async function makeAnew(
  store: Store,
  collection: string,
  config: CollectionConfig,
  aliases: readonly string[],
): Promise<void> {
  if (aliases.length === 0) return await store.createCollection(collection, config)
  const metadata = { ...config.metadata, [ALIASES_KEY]: aliases }
  await store.createCollection(collection, { ...config, metadata })
  await putBackAliases(store, collection, metadata)
}

/** Lets the names stand for a collection that did before it was made anew, but for those that stand for another by now. */
export async function putBackAliases(
  store: Store,
  collection: string,
  { [ALIASES_KEY]: owed }: CollectionDescription['metadata'],
): Promise<void> {
  if (store.aliases === undefined || !Array.isArray(owed) || owed.length === 0) return
  const taken = [...(await store.aliases.list()).keys(), ...(await store.listCollections())]
  const free = owed.filter((name) => !taken.includes(name))
  if (free.length > 0) await store.aliases.switch(free, collection)
  await store.updateMetadata?.(collection, { [ALIASES_KEY]: [] })
}
