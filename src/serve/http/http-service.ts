import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InputError } from '../../errors.js'
import { type AccessToken, requireLocalHost, showsToken, unauthorized } from './access.js'
import { AllowedOrigins } from './allowed-origins.js'
import { clientOf } from './client-of.js'
import { Connections } from './connections.js'
import { failureAnswer } from './failure-forms.js'
import type { MemoryBudget } from './memory-budget.js'
import { readJsonBody, readJsonBytes, readUnprovenJson } from './read-json-body.js'
import { describeFailure, type RequestFailure, RequestRefusal } from './request-refusal.js'
import { type Call, dialectOfPath, type Route, type RouteHandling, type RouteMatch, RouteTable } from './route-table.js'
import { type Answer, sendAnswer } from './send-answer.js'
import { UnprovenBodies } from './unproven-bodies.js'

export interface HttpServiceOptions {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  readonly routes: readonly Route[]
  /** What else is there, by method and the address: the name under which it is counted, and the route. @default nothing */
  readonly findRoute?: (method: string, url: URL) => { readonly name: string; readonly route: RouteHandling } | null
  /** The answer to a request that failed. @default the form of the path */
  readonly failure?: (path: string, failure: RequestFailure) => Answer
  /** The option that says the port, for a message. @default '--port' */
  readonly portOption?: string
  /** What callers must know; null if nothing. */
  readonly token: AccessToken | null
  /** Names beside those of this machine by which it may be called; null if by any name. */
  readonly allowedHosts: readonly string[] | null
  /** Origins of the pages that may use it from a browser. @default none */
  readonly allowedOrigins?: readonly string[]
  readonly memory: MemoryBudget
  readonly maxBodyBytes: number
  /** After each request: its route (not its path, which is the caller's), the status, and how long it took. */
  readonly onRequest: (route: string, status: number, seconds: number) => void
  /** A failure that is not the caller's. */
  readonly onError: (error: unknown) => void
}

/** A client must send a whole request within this time, its headers within the shorter one. */
const REQUEST_TIMEOUT_MS = 60_000
const HEADERS_TIMEOUT_MS = 10_000
/** Longer than the clients keep theirs (a Qdrant server 90 s), so that it is they who close an idle connection. */
const KEEP_ALIVE_MS = 120_000
/** Time for which a client may take nothing of an answer. */
const STALL_MS = 60_000
export const MAX_CONNECTIONS = 1_024
/** Bodies in which a token is looked for: all that Qdrant has under way. */
const MAX_UNPROVEN = 64
const MAX_DEPTH = 64
const MAX_VALUES = 20_000
/** Time for what a refused client still sends. */
const LINGER_MS = 2_000
/** The last part of the time to end, in which what still waits is told so. */
const REFUSE_MS = 1_000

/** Statuses from 500 on that say nothing of the service: what is not built, and what is refused at the end. */
const CALLERS_OWN: readonly number[] = [501, 503]

const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Requests of one service over HTTP/1.1: who may ask, how much, and what becomes of errors and of an end. */
export class HttpService {
  readonly #server: Server
  readonly #options: HttpServiceOptions
  readonly #routes: RouteTable
  readonly #origins: AllowedOrigins
  readonly #underWay = new Map<Promise<void>, AbortController>()
  readonly #connections: Connections
  readonly #unproven: UnprovenBodies
  #isClosing = false

  private constructor(options: HttpServiceOptions) {
    this.#options = options
    this.#routes = new RouteTable(options.routes)
    this.#origins = new AllowedOrigins(options.allowedOrigins ?? [])
    this.#server = createServer({
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 2,
    })
    this.#connections = new Connections(MAX_CONNECTIONS, options.token !== null)
    this.#unproven = new UnprovenBodies({ bytes: options.maxBodyBytes, bodies: MAX_UNPROVEN })
    this.#server.on('connection', (socket) => this.#connections.add(socket))
    this.#server.on('request', (request, response) => this.#begin(request, response))
  }

  /** @throws InputError `CANNOT_LISTEN` if the port is taken or the address is not of this machine */
  static async listen(options: HttpServiceOptions): Promise<HttpService> {
    const service = new HttpService(options)
    const { host, port, portOption = '--port' } = options
    await new Promise<void>((resolve, reject) => {
      service.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const why =
          cause.code === 'EADDRINUSE' ? `another program listens there; choose another ${portOption}` : cause.message
        reject(new InputError('CANNOT_LISTEN', `Cannot listen on ${host}, port ${port}: ${why}.`, { cause }))
      })
      service.#server.listen(port, host, resolve)
    })
    service.#server.on('error', options.onError)
    return service
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /**
   * Takes no more requests, finishes those under way, and hangs up.
   * @param drainMs the longest that this takes: shortly before, what has not come or still waits for its turn is refused with 503
   */
  async close(drainMs: number): Promise<void> {
    this.#isClosing = true
    const closed = new Promise((resolve) => this.#server.close(resolve))
    const refusing = setTimeout(
      () => {
        for (const controller of this.#underWay.values()) controller.abort(new Error('the service is ending'))
      },
      Math.max(drainMs - REFUSE_MS, drainMs / 2),
    )
    const hangingUp = setTimeout(() => this.#server.closeAllConnections(), drainMs)
    await Promise.allSettled(this.#underWay.keys())
    clearTimeout(refusing)
    clearTimeout(hangingUp)
    this.#server.closeAllConnections()
    await closed
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const leaving = new AbortController()
    // each model of a request listens
    setMaxListeners(0, leaving.signal)
    response.once('close', () => leaving.abort(new Error('the client left')))
    // cut connections show as a close
    request.on('error', () => {})
    response.on('error', () => {})
    const endRequest = this.#connections.beginRequest(request.socket)
    const serving = this.#serve(request, response, leaving.signal)
    this.#underWay.set(serving, leaving)
    void serving.finally(() => {
      this.#underWay.delete(serving)
      endRequest()
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const started = performance.now()
    const { memory, onRequest, onError } = this.#options
    const { headers } = request
    const path = pathOf(request)
    const method = (request.method === 'HEAD' ? 'GET' : request.method) ?? 'GET'
    const found = this.#routes.match(method, path) ?? this.#elsewhere(method, request)
    const client = clientOf(request.socket)
    const share = memory.open(client)
    const warnings: string[] = []
    let answer: Answer
    try {
      const warn = (text: string) => warnings.push(text)
      const permission = method === 'OPTIONS' ? this.#permission(request) : null
      answer =
        permission ??
        (await this.#answer(request, found ?? this.#routes.refusal(method, path), {
          ...{ signal, share, client, headers, warn },
          params: found?.params ?? {},
        }))
    } catch (error) {
      const failure = describeFailure(error)
      if (failure.status >= 500 && !CALLERS_OWN.includes(failure.status)) onError(error)
      answer =
        this.#options.failure?.(path, failure) ?? failureAnswer(found?.route.dialect ?? dialectOfPath(path), failure)
    }
    try {
      const all = { ...SAFE_HEADERS, ...this.#origins.headersFor(headers) }
      for (const [header, value] of Object.entries(all)) response.setHeader(header, value)
      if (warnings.length > 0) response.setHeader('warning', `299 offgrid "${warnings.join('; ')}"`)
      if (this.#isClosing) response.setHeader('connection', 'close')
      await sendAnswer(response, answer, STALL_MS)
      if (!request.complete) hangUpLater(request)
    } catch (error) {
      onError(error)
      response.destroy()
    } finally {
      share.release()
      const status = response.writableFinished ? answer.status : CLIENT_LEFT
      onRequest(found?.name ?? 'other', status, (performance.now() - started) / 1000)
    }
  }

  /** A browser asks for permission without a token; whoever asks must know this machine's name nevertheless. */
  #permission({ headers }: IncomingMessage): Answer | null {
    const { allowedHosts } = this.#options
    if (allowedHosts !== null) requireLocalHost(headers.host, allowedHosts)
    return this.#origins.permission(headers)
  }

  async #answer(
    request: IncomingMessage,
    found: RouteMatch | RequestRefusal,
    call: Omit<Call, 'json' | 'bytes'>,
  ): Promise<Answer> {
    const { allowedHosts, token, maxBodyBytes } = this.#options
    const { signal, share, headers } = call
    if (allowedHosts !== null) requireLocalHost(request.headers.host, allowedHosts)
    if (found instanceof RequestRefusal) throw found
    const { access = 'header', handle, maxValues = MAX_VALUES, maxDepth = MAX_DEPTH, exactIntegers } = found.route
    const isKnown = token === null || access === 'open' || token.matchesHeaders(headers)
    if (!isKnown && (access === 'header' || showsToken(headers))) throw unauthorized()
    if (this.#isClosing && access !== 'open') {
      throw new RequestRefusal(503, 'SERVICE_CLOSING', 'The service is ending.', { 'retry-after': '5' })
    }
    if (isKnown && access !== 'open') this.#connections.prove(request.socket)
    const limits = { depth: maxDepth, values: maxValues, exactIntegers }
    const source = { request, limitBytes: maxBodyBytes, limits, signal, share }
    return await handle({
      ...call,
      json: async () => {
        if (isKnown) return await readJsonBody(source)
        const body = await readUnprovenJson(source, token, this.#unproven)
        this.#connections.prove(request.socket)
        return body
      },
      bytes: () => readJsonBytes(source),
    })
  }

  #elsewhere(method: string, request: IncomingMessage): RouteMatch | undefined {
    const url = urlOf(request)
    const found = url && this.#options.findRoute?.(method, url)
    return found ? { ...found, params: {} } : undefined
  }
}

/** Hangs up on a client who was answered and does not come to the end of the request. */
function hangUpLater(request: IncomingMessage): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, LINGER_MS).unref()
}

/** As nginx counts a request whose client went away. */
const CLIENT_LEFT = 499

function pathOf(request: IncomingMessage): string {
  // as most servers do, with or without a slash at the end
  return urlOf(request)?.pathname.replace(/(?<=.)\/+$/, '') ?? request.url ?? '/'
}

function urlOf({ url = '/' }: IncomingMessage): URL | null {
  // a base address with a slash at its end gives two, which would be read as the name of a host
  const target = url.startsWith('/') ? url.replace(/^[^?]+/, (path) => path.replace(/\/{2,}/g, '/')) : url
  try {
    return new URL(target, 'http://localhost')
  } catch {
    return null
  }
}
