import { InputError, StoreError } from '../errors.js'
import type { RedisAddress } from './redis-address.js'

/** Longest time between two tries to connect again. */
const RETRY_MS = 2000

/** A connection, and the package that makes a queue of it. */
export interface RedisConnection {
  readonly bullmq: typeof import('bullmq')
  readonly connection: import('ioredis').Redis
}

/**
 * Loads the packages that a queue in Redis needs, and connects. A connection that breaks is made again for as long as it takes.
 * @throws StoreError `QUEUE_UNREACHABLE`, `QUEUE_REFUSED`; InputError `QUEUE_PACKAGE_MISSING`
 */
export async function connectRedis(address: RedisAddress, firstAnswerMs = 10_000): Promise<RedisConnection> {
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch((cause) => {
    throw new InputError(
      'QUEUE_PACKAGE_MISSING',
      'Expected the packages bullmq and ioredis, which --queue needs: npm install bullmq ioredis',
      { cause },
    )
  })
  const { location, isTls, ...where } = address
  const connection = new Redis({
    ...where,
    ...(isTls && { tls: { servername: where.host } }),
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(RETRY_MS, 50 * times),
  })
  let last: Error | null = null
  connection.on('error', (error: Error) => {
    last = error
  })
  try {
    connection.connect().catch(() => {})
    await within(firstAnswerMs, connection.ping())
    return { bullmq, connection }
  } catch (error) {
    connection.disconnect()
    throw toQueueError(location, firstAnswerMs, error instanceof LateError ? last : (error as Error))
  }
}

function toQueueError(location: string, firstAnswerMs: number, cause: Error | null): StoreError {
  const why = cause === null ? '' : ` (${cause.message})`
  if (/NOAUTH|WRONGPASS|NOPERM/.test(why)) {
    const expected = 'expected a user and password that Redis takes (REDIS_URL, QUEUE_PASSWORD_FILE)'
    return new StoreError('QUEUE_REFUSED', `${location}: ${expected}, and they were refused${why}.`, { cause })
  }
  const got = `got no answer in ${firstAnswerMs / 1000} s${why}. Is it running, and is the address right?`
  return new StoreError('QUEUE_UNREACHABLE', `${location}: expected a Redis or Valkey, ${got}`, { cause })
}

/** Whether a call failed because Redis is away for now. */
export function isOutage(error: unknown): boolean {
  return /Connection is closed|ECONN|EPIPE|ETIMEDOUT|LOADING|READONLY|MASTERDOWN|Stream isn't writeable/.test(
    error instanceof Error ? `${(error as NodeJS.ErrnoException).code} ${error.message}` : '',
  )
}

class LateError extends Error {}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError()), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
