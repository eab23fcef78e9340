import { optionError } from '../../../errors.js'
import { readOptionFile } from '../../../files/read-option-file.js'
import { requireString } from '../../../options.js'

/** Where a server is and how to be let in; `location` is fit for messages, the rest is not. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:'
  readonly hostname: string
  readonly port: number
  /** Path in front of every request, without a slash at its end: `/qdrant` behind a proxy, else ''. */
  readonly prefix: string
  readonly location: string
  readonly apiKey?: string
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string
  readonly connectTimeoutMs?: number
}

export interface EndpointOptions {
  /** `http://host:6333` or `https://host/prefix`; without a port, 80 or 443 as in any URL. */
  readonly url: string
  /** Sent as the header `api-key`. Take it from the environment or a file, never from a command line. */
  readonly apiKey?: string
  /** A file that holds the key alone. @default no key */
  readonly apiKeyFile?: string
  /** Time for a connection to be made, TLS included. @default 5000 */
  readonly connectTimeoutMs?: number
  /** PEM file of a private authority that signed the server's certificate. @default Node's authorities */
  readonly caFile?: string
}

/**
 * The checked form of a server's address, its secrets read. No message repeats a URL that may hold a password.
 * @throws InputError `INVALID_OPTION`
 */
export async function readEndpoint(options: EndpointOptions): Promise<Endpoint> {
  for (const name of ['apiKey', 'apiKeyFile', 'caFile'] as const) requireString('openQdrantStore', name, options[name])
  const url = parseUrl(options.url)
  const protocol = url.protocol as Endpoint['protocol']
  const prefix = url.pathname.replace(/\/+$/, '')
  const apiKey = await readApiKey(options)
  return {
    protocol,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (protocol === 'https:' ? 443 : 80)),
    prefix,
    location: url.origin + prefix,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(options.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: options.connectTimeoutMs }),
    ...(options.caFile === undefined ? {} : { ca: await readOptionFile(options.caFile, 'caFile') }),
  }
}

function parseUrl(text: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw optionError('url: expected http://host:port or https://host:port, with or without a path.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw optionError(
      'url: expected no user, password, query or fragment in it; pass the key as QDRANT_API_KEY or in a key file.',
    )
  }
  return url
}

async function readApiKey(options: EndpointOptions): Promise<string | undefined> {
  const raw = options.apiKey ?? (options.apiKeyFile && (await readOptionFile(options.apiKeyFile, 'apiKeyFile')))
  const key = raw?.trim()
  if (key === undefined || key === '') return undefined
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw optionError('API key: expected one line of printable ASCII without spaces.')
  }
  return key
}
