import type { LocalClient } from '../../src/stores/local-client/local-client.js'

/** One recorded request to a live server and its answer; see the README beside the recordings. */
export interface RecordedCase {
  readonly step: 'setup' | 'update' | 'case'
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown> | null
  readonly status: number
  readonly response: unknown
  readonly compare: 'exact' | 'scores' | 'set' | 'ids' | 'status'
  readonly tolerance?: number
  readonly cut?: boolean
  readonly pick?: readonly string[]
  readonly count?: number
  readonly from?: readonly (number | string)[]
}

export interface Answer {
  readonly status: number
  /** The result, or the text of the error. */
  readonly result: unknown
}

/** Sends a recorded request to a client; an error that carries a status is an answer. */
export async function replay(client: LocalClient, { method, path, body }: RecordedCase): Promise<Answer> {
  try {
    const result = await call(client, method, path, body ?? {})
    return { status: 200, result: asRecorded(result, path) }
  } catch (error) {
    const { status, message } = error as { status?: number; message: string }
    if (status === undefined) throw error
    return { status, result: message }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the bodies are what a server took or refused, not what the types allow
type Json = any

async function call(client: LocalClient, method: string, path: string, body: Json): Promise<unknown> {
  const url = new URL(path, 'http://localhost')
  const [, , name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
  const wait = url.searchParams.get('wait') === 'true'
  const route = `${method} ${rest.join('/')}`
  const write = { ...body, wait }
  if (url.pathname === '/collections/aliases') return client.updateCollectionAliases(body)
  switch (route) {
    case 'PUT ':
      return client.createCollection(name, body)
    case 'PATCH ':
      return client.updateCollection(name, body)
    case 'GET ':
      return client.getCollection(name)
    case 'DELETE ':
      return client.deleteCollection(name)
    case 'GET exists':
      return client.collectionExists(name)
    case 'GET aliases':
      return client.getCollectionAliases(name)
    case 'PUT points':
      return client.upsert(name, write)
    case 'POST points':
      return client.retrieve(name, { ...body, with_payload: body.with_payload ?? false })
    case 'POST points/scroll':
      return client.scroll(name, body)
    case 'POST points/count':
      return client.count(name, body)
    case 'POST points/delete':
      return client.delete(name, write)
    case 'POST points/payload':
      return client.setPayload(name, write)
    case 'PUT points/payload':
      return client.overwritePayload(name, write)
    case 'POST points/payload/delete':
      return client.deletePayload(name, write)
    case 'POST points/payload/clear':
      return client.clearPayload(name, write)
    case 'PUT points/vectors':
      return client.updateVectors(name, write)
    case 'POST points/vectors/delete':
      return client.deleteVectors(name, write)
    case 'POST points/batch':
      return client.batchUpdate(name, write)
    case 'POST points/query':
      return client.query(name, body)
    case 'POST points/query/batch':
      return client.queryBatch(name, body)
    case 'POST points/query/groups':
      return client.queryGroups(name, body)
    case 'POST facet':
      return client.facet(name, body)
    case 'POST points/search/matrix/pairs':
      return client.searchMatrixPairs(name, body)
    case 'POST points/search/matrix/offsets':
      return client.searchMatrixOffsets(name, body)
    case 'PUT index':
      return client.createPayloadIndex(name, write)
  }
  const [room, item = ''] = rest
  if (room === 'points' && method === 'GET') return client.retrievePoint(name, item)
  if (room === 'index' && method === 'DELETE') return client.deletePayloadIndex(name, item, { wait })
  if (room === 'vectors' && method === 'PUT') return client.createVectorName(name, item, body, { wait })
  if (room === 'vectors' && method === 'DELETE') return client.deleteVectorName(name, item, { wait })
  throw new TypeError(`no method of the client is known for ${method} ${path}`)
}

/** An answer without what the recordings lack: numbers of operations, and the versions of hits. */
export function asRecorded(result: unknown, path: string): unknown {
  return withoutVersions(withoutOperationId(result), QUERIES.test(path))
}

/** The answers whose points are hits, which have the version of their point. */
const QUERIES = /\/points\/query(\/batch|\/groups)?(\?|$)/

/** An answer without the versions of its hits, which the recordings lack; a point that should have one and has none, or the other way round, is refused. */
function withoutVersions(result: unknown, areHits: boolean): unknown {
  if (Array.isArray(result)) return result.map((element) => withoutVersions(element, areHits))
  if (typeof result !== 'object' || result === null) return result
  const { version, ...rest } = result as Record<string, unknown>
  if ('id' in rest && 'hits' in rest === false) {
    if (areHits ? !Number.isInteger(version) : version !== undefined) {
      throw new TypeError(`a ${areHits ? 'hit' : 'record'} has the version ${String(version)}`)
    }
    return rest
  }
  const lists = ['points', 'groups', 'hits'].filter((key) => Array.isArray(rest[key]))
  return { ...rest, ...Object.fromEntries(lists.map((key) => [key, withoutVersions(rest[key], areHits)])) }
}

function withoutOperationId(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(withoutOperationId)
  if (typeof result !== 'object' || result === null || !('operation_id' in result)) return result
  const { operation_id: _, ...rest } = result
  return rest
}
