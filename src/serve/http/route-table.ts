import type { MemoryShare } from './memory-budget.js'
import type { RequestHeaders } from './request-headers.js'
import { RequestRefusal } from './request-refusal.js'
import type { Answer } from './send-answer.js'

/** A request as a handler sees it. */
export interface Call {
  /** Aborted when the client leaves, or waits no longer because the service ends. */
  readonly signal: AbortSignal
  /** What the request may hold in memory, until it is answered. */
  readonly share: MemoryShare
  /** Who asks: clients take turns. */
  readonly client: string
  /** What stands in the path for `{name}`, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: RequestHeaders
  /** Something that the caller should know of an answer that is right otherwise: it goes into the header `warning`. ASCII. */
  warn(text: string): void
  /** The body. @throws RequestRefusal 400, 401, 408, 413, 415 */
  json(): Promise<unknown>
  /** The bytes of a JSON text that is parsed elsewhere, in a buffer of their own; none where there is no body. @throws as {@link json}, but for 401 and 408 */
  bytes(): Promise<Uint8Array>
}

export type Handler = (call: Call) => Promise<Answer>

/** Whose API a path is of: errors have its form. */
export type Dialect = 'offgrid' | 'openai' | 'cohere' | 'tei' | 'ollama'

/** What is done with a request, and what it may be. */
export interface RouteHandling {
  readonly handle: Handler
  /** Where the token is asked for: in a header, there or as `token` in the body, or nowhere. @default 'header' */
  readonly access?: 'header' | 'body' | 'open'
  /** Values of all kinds that a body may hold. @default 20000 */
  readonly maxValues?: number
  /** Lists and objects within one another. @default 64 */
  readonly maxDepth?: number
  /** Whether integers of a body beyond 2^53 are strings of their digits, as in stored payloads. @default false: the numbers next to them */
  readonly exactIntegers?: boolean
  /** @default 'offgrid' */
  readonly dialect?: Dialect
}

export interface Route extends RouteHandling {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** A segment `{name}` stands for any one, and a last one `{name...}` for all that follow. */
  readonly path: string
}

export interface RouteMatch {
  /** Under which it is counted. */
  readonly name: string
  readonly route: RouteHandling
  readonly params: Readonly<Record<string, string>>
}

/** The routes of a service, found by method and path. */
export class RouteTable {
  readonly #routes: readonly Route[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes
  }

  /** The first route that fits. */
  match(method: string, path: string): RouteMatch | undefined {
    for (const route of this.#routes) {
      const params = route.method === method ? matchPath(route.path, path) : null
      if (params !== null) return { name: nameOfRoute(route), route, params }
    }
    return undefined
  }

  /** The refusal of a request that no route fits: 405 if the path is there for other methods, else 404 with what is near. */
  refusal(method: string, path: string): RequestRefusal {
    const allow = this.#routes.filter((route) => matchPath(route.path, path) !== null).map((route) => route.method)
    if (allow.length > 0) {
      const listed = allow.join(', ')
      return new RequestRefusal(405, 'METHOD_NOT_ALLOWED', `${path} takes ${listed} only.`, { allow: listed })
    }
    const segments = new Set(path.split('/').filter((segment) => segment !== '' && !/^v\d$/.test(segment)))
    const near = this.#routes.filter((route) => route.path.split('/').some((segment) => segments.has(segment)))
    const known = (near.length > 0 ? near : this.#routes).map(nameOfRoute).join(', ')
    return new RequestRefusal(404, 'NOT_FOUND', `There is nothing at ${method} ${path}; expected one of ${known}.`)
  }
}

/** Such as `POST /infer`. */
export function nameOfRoute({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path.replace('...}', '}')}`
}

/** Whose path it is, where no route says so. */
export function dialectOfPath(path: string): Dialect {
  if (path.startsWith('/v1/')) return 'openai'
  if (path.startsWith('/v2/')) return 'cohere'
  return path.startsWith('/api/') ? 'ollama' : 'offgrid'
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  if (!pattern.includes('{')) return pattern === path ? {} : null
  const wanted = pattern.split('/')
  const given = path.split('/')
  const isOpen = pattern.endsWith('...}')
  if (isOpen ? given.length < wanted.length : given.length !== wanted.length) return null
  const params: Record<string, string> = {}
  for (const [i, segment] of wanted.entries()) {
    const name = /^\{(\w+)(\.\.\.)?\}$/.exec(segment)
    if (name === null && segment !== given[i]) return null
    if (name === null) continue
    const value = decoded(name[2] === undefined ? given[i]! : given.slice(i).join('/'))
    if (value === null || value === '') return null
    params[name[1]!] = value
  }
  return params
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
