import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InputError } from '../../errors.js'
import { type AccessToken, requireLocalHost, unauthorized } from './access.js'
import { clientOf } from './client-of.js'
import { Connections } from './connections.js'
import { failureAnswer } from './failure-forms.js'
import type { MemoryBudget, MemoryShare } from './memory-budget.js'
import { readJsonBody, readJsonBytes, readUnprovenJson } from './read-json-body.js'
import { describeFailure, type RequestFailure, RequestRefusal } from './request-refusal.js'
import { type Answer, sendAnswer } from './send-answer.js'
import { UnprovenBodies } from './unproven-bodies.js'

/** A request as a handler sees it. */
export interface Call {
  /** Aborted when the client leaves, or waits no longer because the service ends. */
  readonly signal: AbortSignal
  /** What the request may hold in memory, until it is answered. */
  readonly share: MemoryShare
  /** Who asks: clients take turns. */
  readonly client: string
  /** The body. @throws RequestRefusal 400, 401, 408, 413, 415 */
  json(): Promise<unknown>
  /** The bytes of a JSON text that is parsed elsewhere, in a buffer of their own; none where there is no body. @throws as {@link json}, but for 401 and 408 */
  bytes(): Promise<Uint8Array>
}

export type Handler = (call: Call) => Promise<Answer>

export interface Route {
  readonly handle: Handler
  /** Where the token is asked for: in the header `authorization`, there or as `token` in the body, or nowhere. @default 'header' */
  readonly access?: 'header' | 'body' | 'open'
  /** Values of all kinds that a body may hold. @default 20000 */
  readonly maxValues?: number
  /** Lists and objects within one another. @default 64 */
  readonly maxDepth?: number
}

export interface HttpServiceOptions {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** By method and path, such as `POST /infer`. */
  readonly routes: Readonly<Record<string, Route>>
  /** What else is there, by method and the address: the name under which it is counted, and the route. @default nothing */
  readonly findRoute?: (method: string, url: URL) => { readonly name: string; readonly route: Route } | null
  /** The answer to a request that failed. @default the form of the path */
  readonly failure?: (path: string, failure: RequestFailure) => Answer
  /** The option that says the port, for a message. @default '--port' */
  readonly portOption?: string
  /** What callers must know; null if nothing. */
  readonly token: AccessToken | null
  /** Names beside those of this machine by which it may be called; null if by any name. */
  readonly allowedHosts: readonly string[] | null
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
const MAX_CONNECTIONS = 1_024
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
  readonly #underWay = new Map<Promise<void>, AbortController>()
  readonly #connections: Connections
  readonly #unproven: UnprovenBodies
  #isClosing = false

  private constructor(options: HttpServiceOptions) {
    this.#options = options
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
    const { memory, onRequest, onError, failure: formOf = failureAnswer } = this.#options
    const path = pathOf(request)
    const { name, route } = this.#routeOf(request, path)
    const client = clientOf(request.socket)
    const share = memory.open(client)
    let answer: Answer
    try {
      answer = await this.#answer(request, path, route, { signal, share, client })
    } catch (error) {
      const failure = describeFailure(error)
      if (failure.status >= 500 && !CALLERS_OWN.includes(failure.status)) onError(error)
      answer = formOf(path, failure)
    }
    try {
      for (const [header, value] of Object.entries(SAFE_HEADERS)) response.setHeader(header, value)
      if (this.#isClosing) response.setHeader('connection', 'close')
      await sendAnswer(response, answer, STALL_MS)
      if (!request.complete) hangUpLater(request)
    } catch (error) {
      onError(error)
      response.destroy()
    } finally {
      share.release()
      const status = response.writableFinished ? answer.status : CLIENT_LEFT
      onRequest(route === undefined ? 'other' : name, status, (performance.now() - started) / 1000)
    }
  }

  async #answer(
    request: IncomingMessage,
    path: string,
    route: Route | undefined,
    { signal, share, client }: Omit<Call, 'json' | 'bytes'>,
  ): Promise<Answer> {
    const { allowedHosts, token, maxBodyBytes } = this.#options
    if (allowedHosts !== null) requireLocalHost(request.headers.host, allowedHosts)
    if (route === undefined) throw this.#notFound(path)
    const { access = 'header' } = route
    const { authorization, 'api-key': apiKey } = request.headers
    const isKnown = token === null || access === 'open' || token.matchesHeader(authorization) || token.matches(apiKey)
    const isShown = authorization !== undefined || apiKey !== undefined
    if (!isKnown && (access === 'header' || isShown)) throw unauthorized()
    if (this.#isClosing && access !== 'open') {
      throw new RequestRefusal(503, 'SERVICE_CLOSING', 'The service is ending.', { 'retry-after': '5' })
    }
    if (isKnown && access !== 'open') this.#connections.prove(request.socket)
    const limits = { depth: route.maxDepth ?? MAX_DEPTH, values: route.maxValues ?? MAX_VALUES }
    const source = { request, limitBytes: maxBodyBytes, limits, signal, share }
    return await route.handle({
      ...{ signal, share, client },
      json: async () => {
        if (isKnown) return await readJsonBody(source)
        const body = await readUnprovenJson(source, token, this.#unproven)
        this.#connections.prove(request.socket)
        return body
      },
      bytes: () => readJsonBytes(source),
    })
  }

  #routeOf(request: IncomingMessage, path: string): { readonly name: string; readonly route: Route | undefined } {
    const { routes, findRoute } = this.#options
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
    const name = `${method} ${path}`
    if (Object.hasOwn(routes, name)) return { name, route: routes[name] }
    const url = urlOf(request)
    return (url && findRoute?.(method, url)) ?? { name, route: undefined }
  }

  #notFound(path: string): RequestRefusal {
    const methods = Object.keys(this.#options.routes).flatMap((name) =>
      name.endsWith(` ${path}`) ? [name.slice(0, name.indexOf(' '))] : [],
    )
    if (methods.length === 0) {
      const known = Object.keys(this.#options.routes).join(', ')
      return new RequestRefusal(404, 'NOT_FOUND', `There is nothing at ${path}; expected one of ${known}.`)
    }
    const allow = methods.join(', ')
    return new RequestRefusal(405, 'METHOD_NOT_ALLOWED', `${path} takes ${allow} only.`, { allow })
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
  return urlOf(request)?.pathname ?? request.url ?? '/'
}

function urlOf({ url = '/' }: IncomingMessage): URL | null {
  try {
    return new URL(url, 'http://localhost')
  } catch {
    return null
  }
}
