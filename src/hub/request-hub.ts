import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { connect } from 'node:tls'
import { type Hub, requireSecure } from './hub.js'
import { HubError } from './hub-error.js'
import { openTunnel, proxyFor } from './proxy.js'

/** A connection on which nothing arrives for this long is given up. */
const IDLE_TIMEOUT_MS = 30_000

const MAX_REDIRECTS = 10

/** Longest answer that is read as JSON: a repository's list of files is some 100 KB. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

export interface HubRequest {
  readonly method: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Whether a redirect to another host is followed, or is the answer. @default true */
  readonly leavesHost?: boolean
}

/**
 * Sends a request and follows redirects; any status is an answer, its body not read yet. The token goes to the hub's own origin
 * alone, never to where it redirects, and no redirect leads from https to http.
 * @throws HubError `HUB_UNREACHABLE`, `HUB_FAILED`; InputError `INSECURE_ADDRESS`; the signal's reason when aborted
 */
export async function requestHub(hub: Hub, url: string, request: HubRequest): Promise<IncomingMessage> {
  let target = new URL(url)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await send(hub, target, request)
    const { location } = answer.headers
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) && location !== undefined
    if (!isRedirect) return answer
    const next = URL.canParse(location, target.href) ? new URL(location, target) : null
    if (next === null) {
      answer.destroy()
      throw new HubError('HUB_FAILED', `${target.host} redirects to what is no address.`)
    }
    if (request.leavesHost === false && next.origin !== target.origin) return answer
    answer.destroy()
    requireSecure(next)
    if (target.protocol === 'https:' && next.protocol === 'http:') {
      throw new HubError('HUB_FAILED', `${target.host} redirects to ${next.origin}, which is not https.`)
    }
    target = next
  }
  throw new HubError('HUB_FAILED', `${hub.address}: more than ${MAX_REDIRECTS} redirects.`)
}

async function send(hub: Hub, target: URL, { method, headers, signal }: HubRequest): Promise<IncomingMessage> {
  signal?.throwIfAborted()
  const isHttps = target.protocol === 'https:'
  const proxy = proxyFor(target, hub.env)
  const tunnel = proxy && (await openTunnel(proxy, target, IDLE_TIMEOUT_MS, signal))
  const isOwn = target.origin === new URL(hub.address).origin
  const hostname = target.hostname.replace(/^\[(.*)\]$/, '$1')
  const tls = hub.authorities === undefined ? {} : { ca: [...hub.authorities] }
  const options: RequestOptions = {
    method,
    hostname,
    port: target.port,
    path: target.pathname + target.search,
    headers: {
      ...headers,
      'user-agent': 'offgrid',
      // sums and ranges are of the file itself
      'accept-encoding': 'identity',
      ...(isOwn && hub.token !== undefined && { authorization: `Bearer ${hub.token}` }),
    },
    timeout: IDLE_TIMEOUT_MS,
    ...(signal !== undefined && { signal }),
    ...(tunnel === undefined
      ? { agent: false, ...tls }
      : { createConnection: () => connect({ socket: tunnel, servername: hostname, ...tls }) }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = (isHttps ? https : http).request(options, resolve)
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} s`)))
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason)
      const reason = cause.code ?? cause.message
      reject(
        new HubError(
          'HUB_UNREACHABLE',
          `${target.host}: no connection, or it was cut (${reason}). Check HTTPS_PROXY, and HF_ENDPOINT where there is a mirror; without a connection use: offgrid models unbundle FILE.tgz or models import DIR.`,
          { isTransient: !isCertificateError(reason), cause },
        ),
      )
    })
    outgoing.end()
  })
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
}

/**
 * The JSON of an answer.
 * @throws HubError `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_BUSY`, `HUB_FAILED`, `HUB_UNREACHABLE`
 */
export async function readHubJson(
  hub: Hub,
  url: string,
  what: string,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const answer = await requestHub(hub, url, { method: 'GET', signal })
  requireSuccess(hub, answer, what)
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > MAX_JSON_BYTES) throw new HubError('HUB_FAILED', `${what}: the answer is longer than 16 MB.`)
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof HubError) throw cause
    if (cause instanceof SyntaxError) throw new HubError('HUB_FAILED', `${what}: the answer is not JSON.`, { cause })
    throw new HubError('HUB_UNREACHABLE', `${what}: the answer broke off.`, { isTransient: true, cause })
  }
}

/** Destroys an answer that is none of 2xx. @throws HubError `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_BUSY`, `HUB_FAILED` */
export function requireSuccess(hub: Hub, answer: IncomingMessage, what: string): void {
  const status = answer.statusCode ?? 0
  if (status >= 200 && status < 300) return
  answer.destroy()
  const stated = String(answer.headers['x-error-message'] ?? '')
    .replace(/[^\x20-\x7e]/g, ' ')
    .slice(0, 200)
  const said = hub.token === undefined ? stated : stated.replaceAll(hub.token, '[token]')
  const found = `${what}: status ${status}${said === '' ? '' : ` (${said})`}`
  if (status === 401 || status === 403) {
    const advice =
      hub.token === undefined
        ? 'A gated or private repository needs a token that may read it, as HF_TOKEN or with --token-file; the hub also answers so for a repository that is not there.'
        : 'The token was not taken: expected one that may read it, and whose owner has accepted its terms.'
    throw new HubError('HUB_REFUSED', `${found}. ${advice}`)
  }
  if (status === 404) throw new HubError('HUB_NOT_FOUND', `${found}. There is no such repository, revision or file.`)
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'])
    throw new HubError('HUB_BUSY', `${found}. Try again later.`, { isTransient: true, retryAfterMs })
  }
  throw new HubError('HUB_FAILED', `${found}.`)
}

/** Whole seconds or an HTTP date. @see RFC 9110 §10.2.3 */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
