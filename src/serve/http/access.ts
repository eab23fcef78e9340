import { createHash, timingSafeEqual } from 'node:crypto'
import { InputError } from '../../errors.js'
import { isLoopback } from '../../is-loopback.js'
import { headerOf, type RequestHeaders } from './request-headers.js'
import { RequestRefusal } from './request-refusal.js'

/** Names of this machine by which a service on loopback may be called; Docker's name for its host cannot be had in the public DNS. */
const LOCAL_NAMES = ['localhost', '::1', 'host.docker.internal', 'gateway.docker.internal']

/**
 * Refuses a request that was sent to another name than this machine's: a web page whose name was pointed at 127.0.0.1 (DNS rebinding)
 * would otherwise read answers as its own.
 * @param header the request's `host`
 * @param more names that are allowed beside those of this machine
 * @throws RequestRefusal 403
 */
export function requireLocalHost(header: string | undefined, more: readonly string[] = []): void {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(header?.toLowerCase() ?? '')
  const host = name?.[1] ?? name?.[2] ?? ''
  const isLocal = LOCAL_NAMES.includes(host) || host.endsWith('.localhost') || isLoopback(host)
  if (isLocal || more.some((each) => each.toLowerCase() === host)) return
  throw new RequestRefusal(
    403,
    'HOST_REFUSED',
    `Expected the name of this machine in the Host header, got ${JSON.stringify(header ?? '')}: allow it with --allow-host.`,
  )
}

/** Length from which on a token cannot be found by trying, in characters: 64 bits as hexadecimal digits. */
export const SAFE_TOKEN_LENGTH = 16

/** @throws InputError `TOKEN_UNUSABLE` unless a token can be sent in a header, where a space ends it and other characters than ASCII are lost */
export function requireSendable(token: string): void {
  const wrong = /[^\x21-\x7e]/u.exec(token)
  if (wrong === null) return
  throw new InputError(
    'TOKEN_UNUSABLE',
    `Expected a token of ASCII characters without spaces and line ends, got one with ${JSON.stringify(wrong[0])} at place ${wrong.index + 1}: no caller could send it.`,
  )
}

/** Where a caller may show the token: as `Bearer <token>`, or as Qdrant's clients and those of other services send theirs. */
const TOKEN_HEADERS = ['authorization', 'api-key', 'x-api-key'] as const

/** Whether a caller shows a token, right or wrong. */
export function showsToken(headers: RequestHeaders): boolean {
  return TOKEN_HEADERS.some((name) => headers[name] !== undefined)
}

/** A secret that callers must know. */
export class AccessToken {
  readonly #digest: Buffer

  constructor(token: string) {
    this.#digest = digestOf(token)
  }

  /** Compares in constant time, whatever the length. */
  matches(candidate: unknown): boolean {
    return timingSafeEqual(digestOf(typeof candidate === 'string' ? candidate : ''), this.#digest)
  }

  /** Whether it stands in one of {@link TOKEN_HEADERS}. */
  matchesHeaders(headers: RequestHeaders): boolean {
    const bearer = /^Bearer +(\S+) *$/i.exec(headerOf(headers, 'authorization') ?? '')?.[1]
    const shown = [bearer, headers['api-key'], headers['x-api-key']]
    return shown.map((candidate) => this.matches(candidate)).includes(true)
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The refusal of a caller who does not know the token. */
export function unauthorized(): RequestRefusal {
  return new RequestRefusal(
    401,
    'TOKEN_REFUSED',
    'Expected the token of this service, as "Authorization: Bearer …", "api-key" or "x-api-key", or, to /infer, as "token" in the body.',
    { 'www-authenticate': 'Bearer' },
  )
}
