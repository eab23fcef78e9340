import type { Schemas } from '#qdrant-client'
import type { StoreAliases } from '../store.js'
import { switchAliases } from '../switch-aliases.js'
import type { ServerCalls } from './wire/server-calls.js'

/** The aliases of a server. */
export function serverAliases(calls: ServerCalls): StoreAliases {
  return {
    list: async () => {
      const { aliases } = await calls.call<Schemas['CollectionsAliasesResponse']>('GET', '/aliases')
      return new Map(aliases.map(({ alias_name: alias, collection_name: collection }) => [alias, collection]))
    },
    switch: async (aliases, collection) => {
      await calls.call('POST', '/collections/aliases', { actions: switchAliases(aliases, collection) })
    },
  }
}
