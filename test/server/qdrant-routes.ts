import type { LocalClient } from '../../src/stores/local-client/local-client.js'
import type { ShardKeys } from './shard-keys.js'

/** What a route is called with: the collection, the last part of the path, the body, and the body with `wait`. */
interface Call {
  readonly name: string
  readonly item: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what comes over the wire, not what the types allow
  readonly body: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly write: any
  readonly wait: boolean
}

/** Method and path after `/collections/{name}`; `*` stands for one part. */
const COLLECTION_ROUTES: Readonly<Record<string, (client: LocalClient, call: Call) => Promise<unknown>>> = {
  'PUT ': (client, { name, body }) => client.createCollection(name, body),
  'PATCH ': (client, { name, body }) => client.updateCollection(name, body),
  'GET ': (client, { name }) => client.getCollection(name),
  'DELETE ': (client, { name }) => client.deleteCollection(name),
  'GET exists': (client, { name }) => client.collectionExists(name),
  'GET aliases': (client, { name }) => client.getCollectionAliases(name),
  'PUT index': (client, { name, write }) => client.createPayloadIndex(name, write),
  'DELETE index/*': (client, { name, item, wait }) => client.deletePayloadIndex(name, item, { wait }),
  'PUT vectors/*': (client, { name, item, body, wait }) => client.createVectorName(name, item, body, { wait }),
  'DELETE vectors/*': (client, { name, item, wait }) => client.deleteVectorName(name, item, { wait }),
  'POST facet': (client, { name, body }) => client.facet(name, body),
  'PUT points': (client, { name, write }) => client.upsert(name, write),
  // The client asks for payloads unless told otherwise, the server does not.
  'POST points': (client, { name, body }) => client.retrieve(name, { with_payload: false, ...body }),
  'GET points/*': (client, { name, item }) => client.retrievePoint(name, item),
  'POST points/scroll': (client, { name, body }) => client.scroll(name, body),
  'POST points/count': (client, { name, body }) => client.count(name, body),
  'POST points/delete': (client, { name, write }) => client.delete(name, write),
  'POST points/payload': (client, { name, write }) => client.setPayload(name, write),
  'PUT points/payload': (client, { name, write }) => client.overwritePayload(name, write),
  'POST points/payload/delete': (client, { name, write }) => client.deletePayload(name, write),
  'POST points/payload/clear': (client, { name, write }) => client.clearPayload(name, write),
  'PUT points/vectors': (client, { name, write }) => client.updateVectors(name, write),
  'POST points/vectors/delete': (client, { name, write }) => client.deleteVectors(name, write),
  'POST points/batch': (client, { name, write }) => client.batchUpdate(name, write),
  'POST points/query': (client, { name, body }) => client.query(name, body),
  'POST points/query/batch': (client, { name, body }) => client.queryBatch(name, body),
  'POST points/query/groups': (client, { name, body }) => client.queryGroups(name, body),
  'POST points/search/matrix/pairs': (client, { name, body }) => client.searchMatrixPairs(name, body),
  'POST points/search/matrix/offsets': (client, { name, body }) => client.searchMatrixOffsets(name, body),
}

/** The result of a REST request by the client's method for it; null where no route fits. */
export async function routeRequest(
  client: LocalClient,
  method: string,
  url: URL,
  request: object,
  shards: ShardKeys,
): Promise<{ readonly result: unknown } | null> {
  const [, room, name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
  switch (`${method} ${url.pathname}`) {
    case 'GET /collections':
      return { result: await client.getCollections() }
    case 'POST /collections/aliases':
      return { result: await client.updateCollectionAliases(request as never) }
    case 'GET /aliases':
      return { result: await client.getAliases() }
  }
  if (room !== 'collections') return null
  const place = rest.join('/')
  const { shard_key: shardKey, ...body } = request as { shard_key?: unknown }
  if (method === 'PUT' && place === 'shards') {
    await client.getCollection(name)
    return { result: shards.add(name, shardKey) }
  }
  shards.check(name, shardKey, method === 'PUT' && place === 'points')
  const route =
    COLLECTION_ROUTES[`${method} ${rest.join('/')}`] ??
    COLLECTION_ROUTES[`${method} ${[...rest.slice(0, -1), '*'].join('/')}`]
  if (route === undefined) return null
  const wait = url.searchParams.get('wait') === 'true'
  const sent = method === 'PUT' && place === '' ? shards.create(name, body) : body
  const call = { name, item: rest.at(-1) ?? '', body: sent, write: { ...body, wait }, wait }
  const result = await route(client, call)
  if (method !== 'GET' || place !== '' || !shards.isCustom(name)) return { result }
  const info = result as Awaited<ReturnType<LocalClient['getCollection']>>
  const params = { ...info.config.params, sharding_method: 'custom' }
  return { result: { ...info, config: { ...info.config, params } } }
}
