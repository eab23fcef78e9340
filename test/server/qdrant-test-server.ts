import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { StoreError, VectorError } from '../../src/errors.js'
import type { LocalClient } from '../../src/stores/local-client/local-client.js'
import type { Fault, FaultPlan } from './faults.js'
import { embedByService, type InferenceService } from './inference-service.js'
import { routeRequest } from './qdrant-routes.js'
import { refusal, sendError, sendFault, sendText } from './send-answer.js'
import { ShardKeys } from './shard-keys.js'

export interface TestServerOptions {
  /** Carries the requests out; the in-process engine. */
  readonly client: LocalClient
  /** Path in front of everything, as behind a proxy. @default '' */
  readonly prefix?: string
  readonly apiKey?: string
  /** @default 32 MB, as Qdrant */
  readonly maxRequestBytes?: number
  /** Answer to a larger one: Qdrant's, or a proxy's. @default 400 */
  readonly tooLargeStatus?: 400 | 413
  /** Points of one upsert that the rate limit can take at all. @default no limit */
  readonly bucketPoints?: number
  /** Points of one upsert that strict mode takes. @default no limit */
  readonly maxBatchPoints?: number
  readonly version?: string
  readonly faults?: FaultPlan
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Embeds the texts in requests. @default none: only BM25 is known */
  readonly inference?: InferenceService
  /** @default one that is free */
  readonly port?: number
  /** For Retry-After dates. @default Date.now */
  readonly now?: () => number
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly bytes: number
  /** Of an upsert. */
  points: number
  readonly headers: IncomingMessage['headers']
  /** What the request met, or null. */
  readonly fault: Fault | null
  /** By {@link TestServerOptions.now}. */
  readonly at: number
  /** Number of the connection, in the order of opening. */
  readonly connection: number
}

/** A vector of a map, or a query, in two rows of which the first holds whole non-negative numbers: read as { indices, values }. */
const TWO_ROWS =
  /"(?!positive|negative|points|ids)[^"]*"\s*:\s*\[\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]\s*,\s*\[[^[\]]*\]\s*\]/

/** A surrogate that is escaped, as JSON.stringify does with those that are alone. */
const LONE_SURROGATE = /[^\\](?:\\\\)*\\u[dD][89a-fA-F][0-9a-fA-F]{2}/

/** A Qdrant server as its clients see it, on loopback: REST over the in-process engine, with the limits, texts and quirks of a live 1.18.3. */
export class QdrantTestServer {
  readonly requests: SeenRequest[] = []
  faults: FaultPlan | null
  /** Points of one upsert that the rate limit can take at all; null for no limit. */
  bucketPoints: number | null
  /** What collections are shown as; null for what the engine says. */
  status: (() => string) | null = null
  readonly #server: Server
  readonly #options: TestServerOptions
  readonly #connections = new WeakMap<object, number>()
  readonly #shards = new ShardKeys()
  #opened = 0
  /** Upserts that do not wait are applied one after the other, some time later. */
  #log: Promise<unknown> = Promise.resolve()

  private constructor(options: TestServerOptions) {
    this.#options = options
    this.faults = options.faults ?? null
    this.bucketPoints = options.bucketPoints ?? null
    const onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#server = options.tls ? createTlsServer(options.tls, onRequest) : createServer(onRequest)
    this.#server.keepAliveTimeout = 5000
    this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket: object) =>
      this.#connections.set(socket, ++this.#opened),
    )
  }

  static async start(options: TestServerOptions): Promise<QdrantTestServer> {
    const server = new QdrantTestServer(options)
    await new Promise<void>((resolve) => server.#server.listen(options.port ?? 0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${port}${this.#options.prefix ?? ''}`
  }

  get connections(): number {
    return this.#opened
  }

  /** Closes the keep-alive connections that are idle, as a server does after its time. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
    await this.#log
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {}) // cut connections are part of the tests
    response.on('error', () => {})
    const { prefix = '', apiKey, now = Date.now } = this.#options
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) || '/' : null
    url.pathname = path ?? url.pathname
    const bytes = Number(request.headers['content-length'] ?? 0)
    const fault = this.faults?.next({ method: request.method ?? '', bytes }) ?? null
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: path ?? url.pathname,
      query: url.search.slice(1),
      bytes,
      points: 0,
      headers: request.headers,
      fault,
      at: now(),
      connection: this.#connections.get(request.socket) ?? 0,
    }
    this.requests.push(seen)
    if (fault?.kind === 'reset') return void request.socket.destroy()
    if (fault?.kind === 'unread') return
    if (path === null) return sendText(response, 404, 'Not Found')
    if (path !== '/' && apiKey !== undefined && request.headers['api-key'] !== apiKey) {
      // Plain text, as the live server; it repeats the key to show that clients hide it.
      return sendText(
        response,
        401,
        `Must provide an API key or an Authorization bearer token, got ${request.headers['api-key'] ?? 'none'}`,
      )
    }
    const limit = this.#options.maxRequestBytes ?? 32 * 1024 * 1024
    if (bytes > limit) {
      // Answered while the client still sends, and hung up on.
      sendError(
        response,
        this.#options.tooLargeStatus ?? 400,
        `Payload error: JSON payload (${bytes} bytes) is larger than allowed (limit: ${limit} bytes).`,
      )
      return void response.on('finish', () => request.socket.destroySoon())
    }
    // Retry-After dates are read by it
    response.setHeader('date', new Date(now()).toUTCString())
    let text: string
    try {
      text = await readBody(request)
    } catch {
      return // the client is gone
    }
    if (fault?.kind === 'status') return sendFault(response, fault, now())
    if (fault?.kind === 'stall' && !fault.isApplied) return
    const answer = await this.#answer(request.method ?? 'GET', url, text, seen)
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'resetAfter') return void request.socket.destroy()
    const json = JSON.stringify(answer.body)
    if (fault?.kind === 'half') {
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(json),
      })
      response.write(json.slice(0, json.length >> 1), () => request.socket.destroy())
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(json)
    if (fault?.kind === 'closeAfter') response.on('finish', () => request.socket.destroySoon())
  }

  async #answer(method: string, url: URL, text: string, seen: SeenRequest): Promise<{ status: number; body: unknown }> {
    const path = url.pathname
    if (path === '/') {
      return {
        status: 200,
        body: { title: 'qdrant - vector search engine', version: this.#options.version ?? '1.18.3', commit: '0' },
      }
    }
    let body: { points?: unknown[] } | undefined
    try {
      body = text === '' ? undefined : JSON.parse(text)
    } catch (error) {
      return refusal(400, `Format error in JSON body: ${(error as Error).message}`)
    }
    // serde_json takes no half of a surrogate pair, which JSON.stringify writes as \ud800
    if (LONE_SURROGATE.test(text)) {
      return refusal(400, 'Format error in JSON body: lone leading surrogate in hex escape at line 1 column 1')
    }
    const isUpsert = method === 'PUT' && path.endsWith('/points')
    if (isUpsert) seen.points = body?.points?.length ?? 0
    if (this.bucketPoints !== null && seen.points > this.bucketPoints) {
      return refusal(
        429,
        'Rate limiting exceeded: request cost is above the rate limiter capacity, please try to split your request',
      )
    }
    const { maxBatchPoints = Number.POSITIVE_INFINITY } = this.#options
    if (seen.points > maxBatchPoints) {
      return refusal(
        400,
        `Bad request: Limit exceeded ${seen.points} > ${maxBatchPoints} for "upsert limit". Help: Reduce the "upsert limit" parameter to or below ${maxBatchPoints}.`,
      )
    }
    const twoRows = TWO_ROWS.exec(text)
    if (twoRows) {
      const indices = twoRows[1]!.split(',').map(Number)
      return new Set(indices).size < indices.length
        ? refusal(422, 'Validation error in JSON body: [internal.query.indices: Validation error: must be unique [{}]]')
        : refusal(400, 'Wrong input: Conversion between sparse and regular vectors failed')
    }
    try {
      const { inference } = this.#options
      if (inference !== undefined && body !== undefined) body = await embedByService(inference, path, body)
      const run = () => routeRequest(this.#options.client, method, url, body ?? {}, this.#shards)
      if (isUpsert && url.searchParams.get('wait') !== 'true') {
        const wrong = await this.#checkDimensions(decodeURIComponent(path.split('/')[2]!), body?.points ?? [])
        if (wrong !== null) return refusal(400, wrong)
        // an operation that fails after the log vanishes
        if (seen.fault?.kind !== 'vanish') this.#log = this.#log.then(run).catch(() => {})
        return { status: 200, body: { result: { operation_id: 0, status: 'acknowledged' }, status: 'ok', time: 0 } }
      }
      const routed = await run()
      if (routed === null) return refusal(404, 'Not Found')
      if (this.status !== null && method === 'GET' && path.split('/').length === 3) {
        Object.assign(routed.result as object, { status: this.status() })
      }
      return { status: 200, body: { result: routed.result, status: 'ok', time: 0 } }
    } catch (error) {
      if (error instanceof StoreError) return refusal(error.status, error.message)
      if (error instanceof VectorError)
        return refusal(error.message.startsWith('Validation error') ? 422 : 400, error.message)
      return refusal(500, `Service internal error: ${(error as Error).message}`)
    }
  }

  /** Dimensions are the one thing of the vectors that the server checks before it writes an upsert down. */
  async #checkDimensions(collection: string, points: readonly unknown[]): Promise<string | null> {
    const { config } = await this.#options.client.getCollection(collection)
    const vectors = config.params.vectors as Record<string, { size: number }>
    for (const { vector } of points as { vector: Record<string, unknown> }[]) {
      for (const [name, value] of Object.entries(vector)) {
        const expected = vectors[name]?.size
        const got = dimensionOf(value)
        if (expected === undefined || got === undefined || got === expected) continue
        return `Wrong input: Vector dimension error: expected dim: ${expected}, got ${got} for vector '${name}'`
      }
    }
    return null
  }
}

/** The length of a dense vector or of a row. */
function dimensionOf(vector: unknown): number | undefined {
  if (!Array.isArray(vector)) return undefined
  return Array.isArray(vector[0]) ? vector[0].length : vector.length
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}
