import type { Schemas } from '#qdrant-client'

/** The actions of `POST /collections/aliases` that let names stand for a collection, whatever they stood for before. */
export function switchAliases(aliases: readonly string[], collection: string): Schemas['AliasOperations'][] {
  return aliases.flatMap((alias) => [
    { delete_alias: { alias_name: alias } },
    { create_alias: { alias_name: alias, collection_name: collection } },
  ])
}
