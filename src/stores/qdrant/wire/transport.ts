import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { StoreError } from '../../../errors.js'
import type { Endpoint } from './endpoint.js'

/** Time for a connection to be made, TLS included, unless the endpoint says otherwise. */
const CONNECT_TIMEOUT_MS = 5000

/** The server closes idle sockets after 5 s (service settings of Qdrant); ours are gone before. */
const IDLE_SOCKET_MS = 3000

export interface ServerRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** From the server's root on, encoded. */
  readonly path: string
  /** JSON in UTF-8, in pieces that are sent one after the other without being copied together. */
  readonly body?: readonly Uint8Array[]
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** False for the rare request that must not arrive twice (create a collection): it gets a connection of its own. @default true */
  readonly isRepeatable?: boolean
}

export interface ServerAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** No answer came: `STORE_UNREACHABLE` (network) or `STORE_TIMEOUT`. Whether the request was carried out is not known. */
export class ConnectionError extends StoreError {
  /** The body was not sent whole: a server that refuses a body by its size answers and hangs up while it still arrives. */
  readonly isCutWhileSending: boolean

  constructor(code: string, message: string, isCutWhileSending: boolean, cause: unknown) {
    super(code, message, { status: code === 'STORE_TIMEOUT' ? 504 : 503, cause })
    this.isCutWhileSending = isCutWhileSending
  }
}

/**
 * HTTP to one Qdrant server on node:http.
 *
 * Why not @qdrant/js-client-rest: it drops a path in the URL, reads only the first character of Retry-After, keeps sockets longer than the server does,
 * calls 202 a failure, writes to the console, and takes points as plain objects alone, where ours are typed arrays that are written straight into the
 * body. Why not fetch: a private authority needs undici's Agent (a package of its own), and only node:http tells a stale keep-alive socket
 * (`reusedSocket`) from a server that is gone.
 */
export class Transport {
  readonly location: string
  readonly #endpoint: Endpoint
  readonly #agent: http.Agent
  readonly #single: http.Agent

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.location = endpoint.location
    const { Agent } = endpoint.protocol === 'https:' ? https : http
    const tls = endpoint.ca === undefined ? {} : { ca: endpoint.ca }
    this.#agent = new Agent({ keepAlive: true, timeout: IDLE_SOCKET_MS, scheduling: 'lifo', ...tls })
    this.#single = new Agent({ keepAlive: false, ...tls })
  }

  /**
   * One exchange; every status is an answer. A keep-alive socket that the server closed meanwhile is replaced, once, by a new one.
   * @throws ConnectionError `STORE_UNREACHABLE`, `STORE_TIMEOUT`; the signal's reason when aborted
   */
  async send(request: ServerRequest): Promise<ServerAnswer> {
    const answer = await this.#exchange(request, request.isRepeatable === false ? this.#single : this.#agent)
    return answer ?? ((await this.#exchange(request, this.#single)) as ServerAnswer)
  }

  close(): void {
    this.#agent.destroy()
    this.#single.destroy()
  }

  /** Null where a reused socket turned out to be closed. */
  #exchange(request: ServerRequest, agent: http.Agent): Promise<ServerAnswer | null> {
    request.signal?.throwIfAborted()
    const { protocol, hostname, port, prefix, apiKey } = this.#endpoint
    const sizeBytes = request.body?.reduce((sum, piece) => sum + piece.byteLength, 0)
    const { promise, resolve, reject } = withResolvers<ServerAnswer | null>()
    const outgoing = (protocol === 'https:' ? https : http).request({
      agent,
      hostname,
      port,
      method: request.method,
      path: prefix + request.path,
      headers: {
        accept: 'application/json',
        ...(sizeBytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': sizeBytes }),
        ...(apiKey === undefined ? {} : { 'api-key': apiKey }),
      },
    })
    let isConnected = false
    outgoing.on('socket', (socket) => {
      isConnected = !socket.connecting
      if (isConnected) return
      const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#endpoint
      const connectTimer = setTimeout(() => {
        stop(lost('STORE_UNREACHABLE', `no connection within ${connectTimeoutMs} ms; check host, port and firewall`))
      }, connectTimeoutMs)
      socket.once('close', () => clearTimeout(connectTimer))
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        clearTimeout(connectTimer)
        isConnected = true
      })
    })
    const stop = (error: unknown) => {
      reject(error)
      outgoing.destroy()
    }
    const lost = (code: string, what: string, cause?: unknown) =>
      new ConnectionError(
        code,
        `${this.location}: ${what}.`,
        isConnected && sizeBytes !== undefined && !outgoing.writableFinished,
        cause,
      )
    const onAbort = () => stop(request.signal?.reason)
    const timer = setTimeout(() => {
      stop(lost('STORE_TIMEOUT', `no answer to ${request.method} ${request.path} within ${request.timeoutMs} ms`))
    }, request.timeoutMs)
    request.signal?.addEventListener('abort', onAbort, { once: true })

    let incoming: IncomingMessage | null = null
    outgoing.on('response', (response) => {
      incoming = response
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', (cause) => stop(lost('STORE_UNREACHABLE', 'the answer broke off', cause)))
      response.on('end', () => {
        resolve(this.#toAnswer(response, Buffer.concat(pieces).toString('utf8')))
        // Answered before the whole body was sent (it is refused): nobody reads the rest.
        if (!outgoing.writableFinished) outgoing.destroy()
      })
    })
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      // A write error after the answer has begun only says that the server stopped reading.
      if (incoming !== null) return
      if (outgoing.reusedSocket && agent === this.#agent) resolve(null)
      else reject(lost('STORE_UNREACHABLE', `no connection, or it was cut (${cause.code ?? cause.message})`, cause))
    })
    for (const piece of request.body ?? []) outgoing.write(piece)
    outgoing.end()
    return promise.finally(() => {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', onAbort)
    })
  }

  /** The key must not come back in a text that ends up in a message. */
  #toAnswer(response: IncomingMessage, text: string): ServerAnswer {
    const { apiKey } = this.#endpoint
    const status = response.statusCode ?? 0
    const isFailure = status < 200 || status > 299
    return {
      status,
      headers: response.headers,
      text: isFailure && apiKey !== undefined ? text.replaceAll(apiKey, '[API key]') : text,
    }
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((a, b) => {
    resolve = a
    reject = b
  })
  return { promise, resolve, reject }
}
