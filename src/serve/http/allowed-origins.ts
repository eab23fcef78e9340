import { optionError } from '../../errors.js'
import { headerOf, type RequestHeaders } from './request-headers.js'
import type { Answer } from './send-answer.js'

/** Time for which a browser need not ask again, in seconds. */
const MAX_AGE = '600'

/**
 * The web pages and apps that may use a service from a browser, by their origins. All others may not: a browser asks before it sends JSON, and
 * is given no permission.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export class AllowedOrigins {
  readonly #origins: ReadonlySet<string>

  /** @throws InputError `INVALID_OPTION` for what is no origin, such as `*` or a URL with a path */
  constructor(origins: readonly string[]) {
    for (const origin of origins) {
      if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/*?#]+$/i.test(origin)) continue
      throw optionError(
        `--allow-origin: expected an origin such as app://obsidian.md or http://localhost:3000, got ${JSON.stringify(origin)}.`,
      )
    }
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()))
  }

  /** What an answer to the request has to say for the browser to hand it on; empty where it need not. */
  headersFor(headers: RequestHeaders): Record<string, string> {
    const origin = headerOf(headers, 'origin')
    if (this.#origins.size === 0) return {}
    if (origin === undefined || !this.#origins.has(origin.toLowerCase())) return { vary: 'Origin' }
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'retry-after, warning',
      'cross-origin-resource-policy': 'cross-origin',
    }
  }

  /** The answer to a browser that asks whether a page may send a request; null where it may not. */
  permission(headers: RequestHeaders): Answer | null {
    const given = this.headersFor(headers)
    if (given['access-control-allow-origin'] === undefined) return null
    if (headers['access-control-request-method'] === undefined) return null
    const wanted = headerOf(headers, 'access-control-request-headers')
    const permission = {
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      ...(wanted !== undefined && { 'access-control-allow-headers': wanted }),
      ...(headers['access-control-request-private-network'] === 'true' && {
        'access-control-allow-private-network': 'true',
      }),
      'access-control-max-age': MAX_AGE,
    }
    return { status: 204, headers: permission, body: '' }
  }
}
