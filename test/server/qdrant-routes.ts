import type { LocalClient } from '../../src/stores/local-client/local-client.js'
import { findRestRoute, runRestRoute, splitPath } from '../../src/stores/local-client/rest-routes.js'
import type { ShardKeys } from './shard-keys.js'

/** The result of a REST request by the routes of `offgrid serve --qdrant-port`, and shard keys beside them; null where no route fits. */
export async function routeRequest(
  client: LocalClient,
  method: string,
  url: URL,
  request: object,
  shards: ShardKeys,
): Promise<{ readonly result: unknown } | null> {
  const { shard_key: shardKey, ...body } = request as { shard_key?: unknown }
  const [room, collection = '', place, ...more] = splitPath(url.pathname)
  if (method === 'PUT' && room === 'collections' && place === 'shards') {
    await client.getCollection(collection)
    return { result: shards.add(collection, shardKey) }
  }
  const found = findRestRoute(method, url.pathname)
  if (found === null) return null
  const { route, name, item } = found
  shards.check(name, shardKey, method === 'PUT' && place === 'points' && more.length === 0)
  const wait = url.searchParams.get('wait') === 'true'
  const isNew = route === 'PUT /collections/{name}'
  const result = await runRestRoute(client, route, { name, item, wait, body: isNew ? shards.create(name, body) : body })
  if (route !== 'GET /collections/{name}' || !shards.isCustom(name)) return { result }
  const info = result as Awaited<ReturnType<LocalClient['getCollection']>>
  const params = { ...info.config.params, sharding_method: 'custom' }
  return { result: { ...info, config: { ...info.config, params } } }
}
