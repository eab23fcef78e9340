import { readFile } from 'node:fs/promises'
import { optionError } from '../errors.js'

/** Where a Redis or Valkey is, and as whom to speak to it. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly db: number
  readonly username?: string
  readonly password?: string
  /** `rediss:` */
  readonly isTls: boolean
  /** Without secrets. */
  readonly location: string
}

const DEFAULT_PORT = 6379

/**
 * Reads `redis://host:port/db` (`rediss:` for TLS). A password comes from the URL in the environment or from a file, and is refused in one that was typed:
 * everybody on a machine sees its command lines.
 * @param typed what was given on the command line; undefined for REDIS_URL
 * @throws InputError `INVALID_OPTION`
 */
export async function redisAddress(typed: string | undefined, env: NodeJS.ProcessEnv): Promise<RedisAddress> {
  const text = typed ?? env.REDIS_URL
  if (text === undefined || text === '')
    throw optionError('--queue: expected redis://HOST:PORT, there or in REDIS_URL.')
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^\/?\d*$/.test(url.pathname))
    throw optionError(
      `--queue: expected redis://HOST:PORT or redis://HOST:PORT/DATABASE (rediss: with TLS), got ${url === null ? 'no URL' : url.protocol}.`,
    )
  if (typed !== undefined && url.password !== '')
    throw optionError(
      '--queue: expected a URL without a password, which everybody on this machine could read; put it into QUEUE_PASSWORD_FILE or all of it into REDIS_URL.',
    )
  const password = await passwordOf(url, env)
  const { hostname, protocol } = url
  const host = hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || DEFAULT_PORT)
  const db = Number(url.pathname.slice(1) || 0)
  return {
    host,
    port,
    db,
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(password !== undefined && { password }),
    isTls: protocol === 'rediss:',
    location: `${protocol}//${hostname}:${port}${db === 0 ? '' : `/${db}`}`,
  }
}

async function passwordOf(url: URL, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { QUEUE_PASSWORD_FILE: file } = env
  if (file) {
    const text = await readFile(file, 'utf8').catch((cause: Error) => {
      throw optionError(`QUEUE_PASSWORD_FILE: expected a file that can be read, got ${file}: ${cause.message}`, {
        cause,
      })
    })
    return text.replace(/\r?\n$/, '')
  }
  return url.password === '' ? undefined : decodeURIComponent(url.password)
}
