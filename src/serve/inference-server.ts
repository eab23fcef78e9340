import { resolve } from 'node:path'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { InputError } from '../errors.js'
import { PRECISIONS } from '../graph/precision.js'
import { isLoopback } from '../is-loopback.js'
import { packageVersion } from '../onnx/models-folders.js'
import {
  invalidOption,
  rejectUnknownOptions,
  requireChoice,
  requireCount,
  requireList,
  requireObject,
  requireString,
} from '../options.js'
import type { Method } from '../pipeline/collection/collection-plan.js'
import type { StoreLocation } from '../stores/open-store.js'
import { AccessToken, requireSendable } from './http/access.js'
import { HttpService, MAX_CONNECTIONS } from './http/http-service.js'
import { MemoryBudget } from './http/memory-budget.js'
import { BATCH_TOKENS, TextService, type TextServiceOptions } from './models/text-service.js'
import { QdrantService } from './qdrant/qdrant-service.js'
import { cohereRoutes } from './routes/cohere-routes.js'
import { inferRoute } from './routes/infer-route.js'
import { mcpRoute } from './routes/mcp-route.js'
import { ollamaRoutes } from './routes/ollama-routes.js'
import { openAiRoutes } from './routes/openai-routes.js'
import { pageRoutes } from './routes/page-routes.js'
import { rerankRoutes } from './routes/rerank-routes.js'
import { StoreSearch } from './routes/search-routes.js'
import { stateRoutes } from './routes/state-routes.js'
import { teiRoutes } from './routes/tei-routes.js'
import { ServiceMetrics } from './service-metrics.js'

/** Where a service listens, for whom, and what it may take. */
export interface InferenceServerOptions
  extends Pick<
    TextServiceOptions,
    'workers' | 'isolation' | 'precision' | 'modelsFolder' | 'backlogTokens' | 'onWorkerDeath' | 'aliases'
  > {
  /** Address to listen on; one that other machines reach needs a token. @default '127.0.0.1' */
  readonly host?: string
  /** 0 for any that is free. @default 6380 */
  readonly port?: number
  /**
   * Port on which the store answers as a Qdrant server does over REST, 0 for any that is free; texts may stand where vectors may. The store is
   * then open for writing, and nobody else writes to it. @default none
   */
  readonly qdrantPort?: number
  /** What callers must know. @default nothing */
  readonly token?: string
  /** Listens for other machines without a token: for a network in which everybody may ask. @default false */
  readonly withoutToken?: boolean
  /** Names by which a service on loopback may be called, beside those of this machine. @default none */
  readonly allowedHosts?: readonly string[]
  /** Origins of web pages and apps that may use it from a browser, such as `app://obsidian.md`. @default none */
  readonly allowedOrigins?: readonly string[]
  /** The store that `POST /search` and the page search: a folder, or a location of any kind, such as a server's. @default '.offgrid/store' */
  readonly store?: string | StoreLocation
  /** Whether agents may search and read the store by the Model Context Protocol, at `POST /mcp`. @default false */
  readonly mcp?: boolean
  /** Model of each method: of collections that do not say how they were filled, and of `/rerank` without a cross-encoder. */
  readonly models?: Readonly<Record<Method, string>>
  /** Models that are opened at start, the others when they are first asked for. @default the dense model and BM25 */
  readonly preload?: readonly string[]
  /** Largest body of a request. @default 33554432, as a Qdrant server */
  readonly maxBodyBytes?: number
  /** Memory that requests under way may hold together, in bytes. @default 268435456 */
  readonly memoryBytes?: number
  /** Time that requests under way have to end when the server is closed, in milliseconds; then those that still wait are refused. @default 30000 */
  readonly drainMs?: number
  /** Called with failures that are not a caller's. */
  readonly onError?: (error: unknown) => void
}

const OPTION_NAMES: readonly (keyof InferenceServerOptions)[] = [
  ...([
    'host',
    'port',
    'qdrantPort',
    'token',
    'withoutToken',
    'allowedHosts',
    'store',
    'models',
    'preload',
    'maxBodyBytes',
  ] as const),
  ...(['memoryBytes', 'drainMs', 'onError', 'workers', 'isolation', 'precision', 'modelsFolder'] as const),
  ...(['backlogTokens', 'onWorkerDeath', 'aliases', 'allowedOrigins', 'mcp'] as const),
]
const WHERE = 'InferenceServer.listen'
const MAX_PORT = 65_535

/**
 * Embeddings over HTTP: Qdrant's inference protocol (`POST /infer`), the APIs of OpenAI, Cohere, text-embeddings-inference and Ollama,
 * a search page, metrics.
 * @example
 * const server = await InferenceServer.listen({ port: 6380 })
 * await server.ready // http://127.0.0.1:6380
 * await server.close()
 */
export class InferenceServer implements AsyncDisposable {
  /** Fulfilled once the models to be opened at start are open; rejected with what is wrong with them. */
  readonly ready: Promise<void>
  readonly #http: HttpService
  readonly #service: TextService
  readonly #search: StoreSearch
  readonly #qdrant: QdrantService | null
  readonly #drainMs: number
  #closed: Promise<void> | null = null

  private constructor(
    parts: { http: HttpService; service: TextService; search: StoreSearch; qdrant: QdrantService | null },
    ready: Promise<void>,
    drainMs: number,
  ) {
    this.#http = parts.http
    this.#service = parts.service
    this.#search = parts.search
    this.#qdrant = parts.qdrant
    this.#drainMs = drainMs
    this.ready = ready
  }

  /**
   * Listens, and opens models meanwhile: what is asked before {@link ready} waits for them.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `TOKEN_MISSING`, `CANNOT_LISTEN`; `UNKNOWN_MODEL` for an alias of nothing;
   * StoreError `STORE_LOCKED`, … with `qdrantPort`
   */
  static async listen(options: InferenceServerOptions = {}): Promise<InferenceServer> {
    checkOptions(options)
    const { host = '127.0.0.1', port = 6380, token, allowedHosts = [], store = '.offgrid/store' } = options
    const { allowedOrigins = [] } = options
    const { models = DEFAULT_MODELS, maxBodyBytes = 32 * 2 ** 20, onError = () => {}, drainMs = 30_000 } = options
    const { preload = [models.dense, models.bm25] } = options
    const metrics = new ServiceMetrics()
    const memory = new MemoryBudget(options.memoryBytes ?? 256 * 2 ** 20)
    const service = await TextService.open({
      ...options,
      onBatch: (batch) => metrics.batch(batch),
      onEmbedded: (texts, side) => metrics.embedded(texts, side),
    })
    const aliased = Object.keys(options.aliases ?? {}).map((name) => service.catalog.entryOf(name))
    await Promise.all(aliased).catch(async (error: unknown) => {
      await service.close()
      throw error
    })
    metrics.watch(service, () => memory.heldBytes)
    const location = locationOf(store)
    const search = new StoreSearch(service, { location, models }, metrics.drift)
    let isReady = false
    const version = packageVersion()
    const limits = { version, maxConnections: MAX_CONNECTIONS, batchTokens: BATCH_TOKENS }
    const routes = stateRoutes(
      [
        inferRoute(service),
        ...openAiRoutes(service),
        ...rerankRoutes(service, models.late),
        ...cohereRoutes(service),
        ...teiRoutes(service, models, limits),
        ...ollamaRoutes(service, version),
        ...search.routes,
        ...pageRoutes(service, search),
        ...(options.mcp === true ? [mcpRoute(search)] : []),
      ],
      { metrics, version, state: () => (http.isClosing ? 'closing' : isReady ? 'ready' : 'starting') },
    )
    const shared = {
      ...{ host, memory, maxBodyBytes, onError },
      token: token === undefined ? null : new AccessToken(token),
      allowedHosts: isLoopback(host) ? allowedHosts : null,
      allowedOrigins,
      onRequest: (...request: Parameters<ServiceMetrics['request']>) => metrics.request(...request),
    }
    let http: HttpService
    let qdrant: QdrantService | null = null
    try {
      if (options.qdrantPort !== undefined) {
        qdrant = await QdrantService.listen({
          ...{
            ...shared,
            port: options.qdrantPort,
            store: folderOf(location),
            service,
            metrics: () => metrics.answer(),
          },
          onCollectionsChanged: () => search.forget(),
        })
        search.readFrom(qdrant.store, `http://${host.includes(':') ? `[${host}]` : host}:${qdrant.port}`)
      }
      http = await HttpService.listen({ ...shared, port, routes })
    } catch (error) {
      await qdrant?.closeRequests(0)
      await qdrant?.closeStore()
      await service.close()
      throw error
    }
    const ready = service.warmUp(preload).then(() => {
      isReady = true
    })
    // whoever does not wait for it sees the same error with the first request
    ready.catch(() => {})
    return new InferenceServer({ http, service, search, qdrant }, ready, drainMs)
  }

  /** Where it listens, such as `http://127.0.0.1:6380`. */
  get url(): string {
    return this.#urlAt(this.#http.address.port)
  }

  /** Where it answers as Qdrant does, such as `http://127.0.0.1:6333`; null without `qdrantPort`. */
  get qdrantUrl(): string | null {
    return this.#qdrant && this.#urlAt(this.#qdrant.port)
  }

  #urlAt(port: number): string {
    const { address, family } = this.#http.address
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Takes no more requests, finishes those under way, and frees threads and memory. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  /** As {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #shutDown(): Promise<void> {
    await Promise.all([this.#http.close(this.#drainMs), this.#qdrant?.closeRequests(this.#drainMs)])
    await this.#search.close()
    await this.#qdrant?.closeStore()
    await this.ready.catch(() => {})
    await this.#service.close()
  }
}

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `TOKEN_MISSING` */
function checkOptions(options: InferenceServerOptions): void {
  rejectUnknownOptions(options, OPTION_NAMES, WHERE)
  requireChoice(WHERE, 'precision', options.precision, PRECISIONS)
  for (const name of ['maxBodyBytes', 'memoryBytes', 'drainMs', 'backlogTokens'] as const) {
    requireCount(WHERE, name, options[name])
  }
  for (const name of ['host', 'token', 'modelsFolder'] as const) requireString(WHERE, name, options[name])
  if (typeof options.store !== 'object' || options.store === null) requireString(WHERE, 'store', options.store)
  const { allowedHosts = [], allowedOrigins = [], preload = [], aliases = {} } = options
  const { models = DEFAULT_MODELS } = options
  for (const model of Object.values(requireObject(WHERE, 'aliases', aliases))) {
    requireString(WHERE, 'aliases', model ?? null)
  }
  for (const [name, values] of Object.entries({ allowedHosts, allowedOrigins, preload })) {
    for (const value of requireList(WHERE, name, values)) requireString(WHERE, name, value ?? null)
  }
  for (const name of ['withoutToken', 'mcp'] as const) requireChoice(WHERE, name, options[name], [true, false])
  const { dense, bm25, late } = requireObject(WHERE, 'models', models)
  for (const model of [dense, bm25, late]) requireString(WHERE, 'models', model ?? null)
  for (const name of ['port', 'qdrantPort'] as const) {
    const { [name]: port = 0 } = options
    if (Number.isSafeInteger(port) && port >= 0 && port <= MAX_PORT) continue
    throw invalidOption(WHERE, name, `a whole number from 0 to ${MAX_PORT}`, port)
  }
  const { host = '127.0.0.1', token, withoutToken = false } = options
  if (token === '') throw new InputError('TOKEN_MISSING', 'Expected a token, got an empty one.')
  if (token !== undefined) requireSendable(token)
  if (token !== undefined || withoutToken || isLoopback(host)) return
  throw new InputError(
    'TOKEN_MISSING',
    `On ${host} other machines can reach the service: expected --token-env NAME, the name of an environment variable that holds a token, or --without-token if everybody may ask.`,
  )
}

function locationOf(store: string | StoreLocation): StoreLocation {
  if (typeof store === 'string') return { kind: 'local', path: resolve(store) }
  return store.kind === 'local' ? { ...store, path: resolve(store.path) } : store
}

/** @throws InputError `INVALID_OPTION` for a server, which answers its clients itself */
function folderOf(location: StoreLocation): string {
  if (location.kind === 'local') return location.path
  throw invalidOption(WHERE, 'qdrantPort', 'a store in a folder beside it', location.url)
}
