import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { optionError } from '../errors.js'
import { isLoopback } from '../is-loopback.js'
import { HubError } from './hub-error.js'

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * The proxy for an address by `HTTPS_PROXY` (`ALL_PROXY` where it is not set) and `NO_PROXY`, in either case; undefined for none. This
 * machine is never reached through one.
 * @throws InputError `INVALID_OPTION`
 */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  if (target.protocol !== 'https:' || isLoopback(target.hostname) || isExcepted(target, variable(env, 'NO_PROXY')))
    return undefined
  const text = variable(env, 'HTTPS_PROXY') ?? variable(env, 'ALL_PROXY')
  if (text === undefined) return undefined
  const address = /^\w+:\/\//.test(text) ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : null
  if (url !== null && url.protocol in DEFAULT_PORTS) return url
  // not repeated: it may hold a password
  throw optionError('HTTPS_PROXY: expected http://host:port or https://host:port.')
}

function variable(env: Environment, name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined
}

/** NO_PROXY: `*`, or names that hold for themselves and what is below them, with a port or without. */
function isExcepted({ hostname, port }: URL, exceptions: string | undefined): boolean {
  return (exceptions ?? '').split(/[\s,]+/).some((exception) => {
    if (exception === '') return false
    if (exception === '*') return true
    const [, name = '', onlyPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? []
    if (onlyPort !== undefined && onlyPort !== (port || '443')) return false
    return hostname === name || hostname.endsWith(`.${name}`)
  })
}

/**
 * A connection to the target through the proxy (CONNECT), on which TLS with the target itself is still to be spoken: the proxy sees
 * the target's name and nothing else.
 * @throws HubError `HUB_UNREACHABLE`, `HUB_REFUSED`
 */
export function openTunnel(
  proxy: URL,
  target: URL,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const authority = `${target.hostname}:${target.port || '443'}`
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const fail = (code: string, what: string, isTransient: boolean, cause?: unknown) =>
      reject(new HubError(code, `Proxy ${proxy.host}: ${what}.`, { isTransient, cause }))
    const request = (proxy.protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      hostname: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port || DEFAULT_PORTS[proxy.protocol],
      path: authority,
      headers: {
        host: authority,
        ...(credentials !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      agent: false,
      timeout: timeoutMs,
      ...(signal !== undefined && { signal }),
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', (cause) => fail('HUB_UNREACHABLE', `no connection (${cause.message})`, true, cause))
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket)
      socket.destroy()
      const isTransient = statusCode !== undefined && statusCode >= 500
      fail('HUB_REFUSED', `it does not connect to ${authority} (status ${statusCode})`, isTransient)
    })
    request.end()
  })
}
