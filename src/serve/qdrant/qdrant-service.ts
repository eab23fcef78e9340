import { randomUUID } from 'node:crypto'
import { toJsonVector } from '../../inference/json-vector.js'
import { isObject } from '../../options.js'
import { ClientThread } from '../../stores/client-thread.js'
import { type FoundRoute, findRestRoute } from '../../stores/local-client/rest-routes.js'
import type { EmbedTexts, RequestText } from '../../stores/local-client/text-inference.js'
import type { ReadStore } from '../../stores/store-thread-task.js'
import { workerFile } from '../../worker-file.js'
import { HttpService, type HttpServiceOptions } from '../http/http-service.js'
import type { Call, Handler, Route } from '../http/route-table.js'
import { type Answer, jsonAnswer, jsonPieces } from '../http/send-answer.js'
import type { TextService } from '../models/text-service.js'
import { refuseClusterPath } from './cluster-paths.js'
import { qdrantFailure } from './qdrant-failure.js'

/** The version of Qdrant whose answers these are. */
const VERSION = '1.18.3'
const TITLE = 'offgrid - embedded vector store'
/** Values of a body: 32 MB of a dense vector's numbers. */
const MAX_VALUES = 8_000_000
/** Deeper requests are refused by the store, in the server's words. */
const MAX_DEPTH = 1_000
/** Conditions of a filter: each may be asked of every point. */
const MAX_CONDITIONS = 4_096
/** Characters of an answer. */
const MAX_ANSWER = 128 * 2 ** 20

export interface QdrantServiceOptions
  extends Pick<
    HttpServiceOptions,
    'host' | 'port' | 'token' | 'allowedHosts' | 'allowedOrigins' | 'memory' | 'maxBodyBytes' | 'onRequest' | 'onError'
  > {
  /** Folder of the embedded store, which is written to; made if it is not there. */
  readonly store: string
  /** Embeds the texts that stand in the place of vectors. */
  readonly service: TextService
  /** The service's figures. */
  readonly metrics: () => Promise<Answer>
  /** Called after what there is of collections may have changed. */
  readonly onCollectionsChanged: () => void
}

/** Qdrant's REST over the embedded store: what its clients ask of a server that is alone. Texts may stand where vectors may. */
export class QdrantService {
  readonly #http: HttpService
  readonly #client: ClientThread

  private constructor(http: HttpService, client: ClientThread) {
    this.#http = http
    this.#client = client
  }

  /** @throws StoreError `STORE_LOCKED`, `STORE_CORRUPT`, …; InputError `CANNOT_LISTEN` */
  static async listen({
    store,
    service,
    metrics,
    onCollectionsChanged,
    ...options
  }: QdrantServiceOptions): Promise<QdrantService> {
    const client = await ClientThread.open({
      file: workerFile('serve-client'),
      ...{ path: store, maxConditions: MAX_CONDITIONS, maxAnswer: MAX_ANSWER },
    })
    const routes = ownRoutes(client, metrics)
    try {
      const http = await HttpService.listen({
        ...options,
        ...{ routes, failure: qdrantFailure, portOption: '--qdrant-port' },
        findRoute: (method, url) => {
          const found = findRestRoute(method, url.pathname)
          if (found !== null) {
            const handle = restHandler(found, url, client, service, onCollectionsChanged)
            return { name: found.route, route: { handle, maxValues: MAX_VALUES, maxDepth: MAX_DEPTH } }
          }
          const refusal = refuseClusterPath(method, url.pathname)
          return refusal && { name: 'refused', route: { handle: () => Promise.reject(refusal) } }
        },
      })
      return new QdrantService(http, client)
    } catch (error) {
      await client.close()
      throw error
    }
  }

  get port(): number {
    return this.#http.address.port
  }

  /** The store, to be searched by the rest of the process: as it is now. */
  get store(): ReadStore {
    return this.#client.store
  }

  /** Takes no more requests, and finishes those under way. */
  closeRequests(drainMs: number): Promise<void> {
    return this.#http.close(drainMs)
  }

  /** Closes the store, once nobody reads from it any more. */
  closeStore(): Promise<void> {
    return this.#client.close()
  }
}

function restHandler(
  { route, name, item }: FoundRoute,
  url: URL,
  client: ClientThread,
  service: TextService,
  onCollectionsChanged: () => void,
): Handler {
  return async (call) => {
    const started = performance.now()
    const body = await call.bytes()
    const tokens = new Map<string, number>()
    const wait = url.searchParams.get('wait') === 'true'
    const json = await client.rest({ route, name, item, wait, body }, embedder(service, call, tokens))
    if (!route.startsWith('GET ') && !route.includes('}/')) onCollectionsChanged()
    call.share.take(json.length)
    const models = Object.fromEntries(Array.from(tokens, ([model, sum]) => [model, { tokens: sum }]))
    const usage = tokens.size === 0 ? '' : `,"usage":${JSON.stringify({ inference: { models } })}`
    const seconds = ((performance.now() - started) / 1000).toFixed(6)
    return jsonPieces([`{"result":`, json, usage, `,"status":"ok","time":${Number(seconds)}}`])
  }
}

/** Embeds as `POST /infer` does, for the caller whose request it is. */
function embedder(service: TextService, call: Call, tokens: Map<string, number>): EmbedTexts {
  return async (texts, side) => {
    const embedded = await service.embed(texts.map(toWanted), side, call)
    for (const [i, { model }] of texts.entries()) tokens.set(model, (tokens.get(model) ?? 0) + embedded[i]!.tokens)
    return embedded.map(({ vector }) => toJsonVector(vector))
  }
}

/** `mrl` is Qdrant's option for a vector's first floats. */
function toWanted({ text, model, options }: RequestText) {
  const { mrl, ...rest } = isObject(options) ? options : {}
  return { text, model, options: rest, dimensions: (mrl ?? undefined) as number | undefined }
}

/** What is answered without a collection. */
function ownRoutes(client: ClientThread, metrics: () => Promise<Answer>): Route[] {
  const id = randomUUID()
  const startup = new Date().toISOString()
  const text = (path: string, body: string): Route => ({
    ...{ method: 'GET', path, access: 'open' },
    handle: async () => ({ status: 200, body, headers: { 'content-type': 'text/plain; charset=utf-8' } }),
  })
  const result = (method: Route['method'], path: string, read: () => unknown): Route => ({
    ...{ method, path },
    handle: async () => jsonAnswer({ result: await read(), status: 'ok', time: 0 }),
  })
  return [
    {
      ...{ method: 'GET', path: '/', access: 'open' },
      handle: async () => jsonAnswer({ title: TITLE, version: VERSION, commit: null }),
    },
    text('/healthz', 'healthz check passed'),
    text('/livez', 'healthz check passed'),
    text('/readyz', 'all shards are ready'),
    { method: 'GET', path: '/metrics', handle: metrics },
    result('GET', '/telemetry', async () => ({
      ...{ id, app: { name: 'offgrid', version: VERSION, startup } },
      collections: { number_of_collections: (await client.store.listCollections()).length },
      cluster: { enabled: false },
    })),
    result('GET', '/cluster', () => ({ status: 'disabled' })),
    result('GET', '/issues', () => ({ issues: [] })),
    result('DELETE', '/issues', () => true),
  ]
}
