import type { JsonObject } from '../../options.js'
import type { PointsClient } from './points-client.js'

/** A REST request as its route sees it. */
export interface RestCall {
  /** Name of the collection, or `''`. */
  readonly name: string
  /** What else is named in the path: a field, a vector, the id of a point. */
  readonly item: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what comes over the wire, not what the types allow
  readonly body: any
  /** Whether a write is waited for: what the caller is told, since here it always is. */
  readonly wait: boolean
}

/** Carries a request out by the client's method for it. */
type RunRoute = (client: PointsClient, call: RestCall) => Promise<unknown>

const write = ({ body, wait }: RestCall) => ({ ...body, wait })

/**
 * Qdrant's REST by the methods of its client: all that needs no cluster. The parts in braces stand for one part of a path, `name` for that of a
 * collection.
 * @see https://api.qdrant.tech
 */
const ROUTES: Readonly<Record<string, RunRoute>> = {
  'GET /collections': (client) => client.getCollections(),
  'POST /collections/aliases': (client, { body }) => client.updateCollectionAliases(body),
  'GET /aliases': (client) => client.getAliases(),
  'PUT /collections/{name}': (client, { name, body }) => client.createCollection(name, body),
  'PATCH /collections/{name}': (client, { name, body }) => client.updateCollection(name, body),
  'GET /collections/{name}': (client, { name }) => client.getCollection(name),
  'DELETE /collections/{name}': (client, { name }) => client.deleteCollection(name),
  'GET /collections/{name}/exists': (client, { name }) => client.collectionExists(name),
  'GET /collections/{name}/aliases': (client, { name }) => client.getCollectionAliases(name),
  'GET /collections/{name}/optimizations': (client, { name }) => client.getOptimizations(name),
  'GET /collections/{name}/cluster': (client, { name }) => client.collectionClusterInfo(name),
  'GET /collections/{name}/shards': (client, { name }) => client.listShardKeys(name),
  'PUT /collections/{name}/index': (client, call) => client.createPayloadIndex(call.name, write(call)),
  'DELETE /collections/{name}/index/{item}': (client, { name, item, wait }) =>
    client.deletePayloadIndex(name, item, { wait }),
  'PUT /collections/{name}/vectors/{item}': (client, { name, item, body, wait }) =>
    client.createVectorName(name, item, body, { wait }),
  'DELETE /collections/{name}/vectors/{item}': (client, { name, item, wait }) =>
    client.deleteVectorName(name, item, { wait }),
  'PUT /collections/{name}/points': (client, call) => client.upsert(call.name, write(call)),
  // the client asks for payloads unless told otherwise, the server does not
  'POST /collections/{name}/points': (client, { name, body }) =>
    client.retrieve(name, { with_payload: false, ...body }),
  'GET /collections/{name}/points/{item}': (client, { name, item }) => client.retrievePoint(name, item),
  'POST /collections/{name}/points/delete': (client, call) => client.delete(call.name, write(call)),
  'PUT /collections/{name}/points/vectors': (client, call) => client.updateVectors(call.name, write(call)),
  'POST /collections/{name}/points/vectors/delete': (client, call) => client.deleteVectors(call.name, write(call)),
  'POST /collections/{name}/points/payload': (client, call) => client.setPayload(call.name, write(call)),
  'PUT /collections/{name}/points/payload': (client, call) => client.overwritePayload(call.name, write(call)),
  'POST /collections/{name}/points/payload/delete': (client, call) => client.deletePayload(call.name, write(call)),
  'POST /collections/{name}/points/payload/clear': (client, call) => client.clearPayload(call.name, write(call)),
  'POST /collections/{name}/points/batch': (client, call) => client.batchUpdate(call.name, write(call)),
  'POST /collections/{name}/points/scroll': (client, { name, body }) => client.scroll(name, body),
  'POST /collections/{name}/points/count': (client, { name, body }) => client.count(name, body),
  'POST /collections/{name}/points/query': (client, { name, body }) => client.query(name, body),
  'POST /collections/{name}/points/query/batch': (client, { name, body }) => client.queryBatch(name, body),
  'POST /collections/{name}/points/query/groups': (client, { name, body }) => client.queryGroups(name, body),
  'POST /collections/{name}/points/search': (client, { name, body }) => client.search(name, body),
  'POST /collections/{name}/points/search/batch': (client, { name, body }) => client.searchBatch(name, body),
  'POST /collections/{name}/points/search/groups': (client, { name, body }) => client.searchPointGroups(name, body),
  'POST /collections/{name}/points/search/matrix/pairs': (client, { name, body }) =>
    client.searchMatrixPairs(name, body),
  'POST /collections/{name}/points/search/matrix/offsets': (client, { name, body }) =>
    client.searchMatrixOffsets(name, body),
  'POST /collections/{name}/points/recommend': (client, { name, body }) => client.recommend(name, body),
  'POST /collections/{name}/points/recommend/batch': (client, { name, body }) => client.recommendBatch(name, body),
  'POST /collections/{name}/points/recommend/groups': (client, { name, body }) =>
    client.recommendPointGroups(name, body),
  'POST /collections/{name}/points/discover': (client, { name, body }) => client.discoverPoints(name, body),
  'POST /collections/{name}/points/discover/batch': (client, { name, body }) => client.discoverBatchPoints(name, body),
  'POST /collections/{name}/facet': (client, { name, body }) => client.facet(name, body),
}

/** The route of a request, and what its path names. */
export interface FoundRoute {
  /** Key of the route, such as `GET /collections/{name}`. */
  readonly route: string
  readonly name: string
  readonly item: string
}

/** The routes by method and parts of the path, the more exact first where one of several parts is open. */
const PATTERNS = Object.keys(ROUTES)
  .map((route) => ({ route, parts: route.split(/[ /]+/) }))
  .sort((a, b) => openParts(a.parts) - openParts(b.parts))

/** @returns null where Qdrant's REST has nothing that needs no cluster */
export function findRestRoute(method: string, path: string): FoundRoute | null {
  const parts = [method, ...splitPath(path)]
  for (const { route, parts: wanted } of PATTERNS) {
    if (wanted.length !== parts.length) continue
    if (!wanted.every((part, i) => isOpen(part) || part === parts[i])) continue
    return { route, name: parts[wanted.indexOf('{name}')] ?? '', item: parts[wanted.indexOf('{item}')] ?? '' }
  }
  return null
}

/** @throws StoreError, VectorError, InputError as the client's methods do */
export function runRestRoute(client: PointsClient, route: string, call: RestCall): Promise<unknown> {
  return ROUTES[route]!(client, { ...call, body: (call.body ?? {}) as JsonObject })
}

/** The parts of a path; one that is no right text in percent-encoding stays as it is. */
export function splitPath(path: string): string[] {
  return path
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .map((part) => {
      try {
        return decodeURIComponent(part)
      } catch {
        return part
      }
    })
}

function isOpen(part: string): boolean {
  return part.startsWith('{')
}

function openParts(parts: readonly string[]): number {
  return parts.filter(isOpen).length
}
