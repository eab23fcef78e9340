import { isObject } from '../../options.js'
import { expectArray, expectObject, expectString } from './json-shape.js'
import { collectionExists, collectionMissing, malformed, notFound } from './refusal.js'

/**
 * The aliases after the actions of `POST /collections/aliases`, in order.
 * @throws StoreError `COLLECTION_MISSING`, `COLLECTION_EXISTS`, `NOT_FOUND`, `REQUEST_REFUSED`
 */
export function changeAliases(
  aliases: ReadonlyMap<string, string>,
  collections: ReadonlySet<string>,
  actions: unknown,
): Map<string, string> {
  const changed = new Map(aliases)
  for (const value of expectArray(actions, 'actions')) {
    const action = expectObject(value, 'an alias action')
    if (isObject(action.create_alias)) {
      const collection = expectString(action.create_alias.collection_name, 'collection_name')
      const alias = expectString(action.create_alias.alias_name, 'alias_name')
      if (!collections.has(collection)) throw collectionMissing(collection)
      if (collections.has(alias)) throw collectionExists(alias)
      changed.set(alias, collection)
    } else if (isObject(action.delete_alias)) {
      changed.delete(expectString(action.delete_alias.alias_name, 'alias_name'))
    } else if (isObject(action.rename_alias)) {
      const from = expectString(action.rename_alias.old_alias_name, 'old_alias_name')
      const to = expectString(action.rename_alias.new_alias_name, 'new_alias_name')
      const target = changed.get(from)
      if (target === undefined) throw notFound(`Alias ${from} does not exists!`)
      if (collections.has(to)) throw collectionExists(to)
      changed.delete(from)
      changed.set(to, target)
    } else {
      throw malformed('data did not match any variant of untagged enum AliasOperations')
    }
  }
  return changed
}
