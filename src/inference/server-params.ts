import type { QdrantClientParams } from '#qdrant-client'

/** Names of the options that are Qdrant's client's own. */
export const SERVER_PARAMS = [
  'url',
  'host',
  'port',
  'prefix',
  'https',
  'apiKey',
  'timeout',
  'headers',
  'maxConnections',
  'checkCompatibility',
] as const

/**
 * Parameters with which Qdrant's client means the same, but opens no connection and prints nothing in its constructor (it warns of an API key on
 * http), and keeps the path of a URL and a port of 80 or 443 in it (it drops both).
 */
export function readServerParams(params: Omit<QdrantClientParams, 'checkCompatibility'>): QdrantClientParams {
  const { apiKey, headers, https = typeof apiKey === 'string' ? true : undefined, ...rest } = params
  return {
    ...rest,
    ...(rest.url === undefined ? {} : readUrl(rest.url, rest)),
    ...(https === undefined ? {} : { https }),
    headers: { ...headers, ...(apiKey === undefined ? {} : { 'api-key': apiKey }) },
    checkCompatibility: false,
  }
}

/** What is no URL, or has a path beside a `prefix`, is left to Qdrant's client to refuse. */
function readUrl(
  url: string,
  { prefix, port }: QdrantClientParams,
): Pick<QdrantClientParams, 'url' | 'prefix' | 'port'> {
  if (!URL.canParse(url)) return { url }
  const { origin, pathname } = new URL(url)
  const path = pathname.replace(/\/+$/, '')
  const [, written] = /^https?:\/\/[^/]*:(\d+)(?:\/|$)/i.exec(url) ?? []
  return {
    ...(path === '' || prefix !== undefined ? { url } : { url: origin, prefix: path }),
    ...(written === undefined || port !== undefined ? {} : { port: Number(written) }),
  }
}
