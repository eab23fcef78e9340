import type { QdrantClient } from '#qdrant-client'
import type { createClientApi } from '#qdrant-client/api'
import { isObject } from '../../options.js'
import { unsupported } from '../request/refusal.js'
import type { PointsClient } from './points-client.js'
import { findRestRoute, runRestRoute } from './rest-routes.js'

type Api = ReturnType<QdrantClient['api']>

/**
 * Every request of Qdrant's OpenAPI document by its name, carried out by a client of this process. It fails as the client's methods do;
 * `NOT_SUPPORTED` for what needs a server. The list of requests is loaded by the first of them.
 */
export function restApi(client: PointsClient): Api {
  const call = async (name: string, fields: unknown[]) => {
    const { createClientApi } = await import('#qdrant-client/api')
    const requests = createClientApi(requestsOf(client)) as unknown as Record<string, (...fields: unknown[]) => unknown>
    if (!Object.hasOwn(requests, name)) throw new TypeError(`Expected the name of a request of Qdrant's, got ${name}.`)
    return requests[name]!(...fields)
  }
  return new Proxy({} as Api, {
    // who awaits it must not take it for a promise
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then' ? undefined : (...fields: unknown[]) => call(name, fields),
  })
}

function requestsOf(client: PointsClient): Parameters<typeof createClientApi>[0] {
  const requests = {
    path: (path: string) => ({
      method: (method: string) => ({
        create: (query: object = {}) => {
          return (fields: unknown = {}) => request(client, method.toUpperCase(), path, Object.keys(query), fields)
        },
      }),
    }),
  }
  return requests as unknown as Parameters<typeof createClientApi>[0]
}

/** @param query names of the fields that do not belong to the body */
async function request(
  client: PointsClient,
  method: string,
  template: string,
  query: readonly string[],
  fields: unknown,
): Promise<unknown> {
  const started = performance.now()
  const body: Record<string, unknown> = { ...(isObject(fields) ? fields : {}) }
  const take = (name: string) => {
    const { [name]: value } = body
    delete body[name]
    return value
  }
  const path = template.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(take(name))))
  const found = findRestRoute(method, path)
  if (found === null) throw unsupported(`${method} ${template}`)
  const { wait } = Object.fromEntries(query.map((name) => [name, take(name)]))
  const { route, name, item } = found
  const result = await runRestRoute(client, route, { name, item, body, wait: wait === true })
  const data = { result, status: 'ok', time: (performance.now() - started) / 1000 }
  return { ok: true, status: 200, statusText: 'OK', headers: new Headers(), url: path, data }
}
