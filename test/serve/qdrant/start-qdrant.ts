import { InferenceServer, type InferenceServerOptions } from '../../../src/serve/inference-server.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'

/** A service whose store answers as a Qdrant server does, on a folder of its own; no model is opened before it is asked for. */
export async function startQdrant(options: InferenceServerOptions = {}) {
  const folder = temporaryFolder()
  const server = await InferenceServer.listen({
    ...{ port: 0, qdrantPort: 0, store: folder.path, preload: [], workers: 1 },
    ...options,
  })
  return {
    server,
    url: server.qdrantUrl!,
    path: folder.path,
    close: async () => {
      await server.close()
      folder.remove()
    },
  }
}

export interface RestAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire
  readonly body: any
}

/** Sends one REST request; the body is JSON, or a text as it is. */
export async function sendRest(
  url: string,
  method: string,
  path: string,
  body: unknown = null,
  headers: Record<string, string> = {},
): Promise<RestAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body !== null && { 'content-type': 'application/json' }), ...headers },
    ...(body !== null && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
