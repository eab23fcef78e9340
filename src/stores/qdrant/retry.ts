import { setTimeout as sleepFor } from 'node:timers/promises'
import { StoreError } from '../../errors.js'
import { readErrorText, toStoreError } from './answer.js'
import { ConnectionError, type ServerAnswer, type ServerRequest, type Transport } from './transport.js'

/** Time and chance, passed in so that a test can own them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** @throws the signal's reason when aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** 0 ≤ x < 1 */
  random(): number
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
  random: Math.random,
}

export interface RetryPolicy {
  /** Tries of one request before it is given up; a 429 that names a time is not counted. */
  readonly attempts: number
  /** Wait before try n + 1: random, up to `baseDelayMs × 2^(n − 1)` and `maxDelayMs` ("full jitter"). */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** One request is given up after this time, waits that the server asked for included. */
  readonly giveUpAfterMs: number
  /** No request is begun after this time (milliseconds since the epoch). @default none */
  readonly deadline?: number
  /** Called before a request is sent again. */
  readonly onRetry?: () => void
  readonly clock: Clock
}

/** Smaller than an upload's: somebody waits for a search. */
export const READ_RETRIES = { baseDelayMs: 100, maxDelayMs: 2000, giveUpAfterMs: 120_000 }

/** A try of a request that may be split is not repeated when splitting is the cure. */
export interface RetriedRequest extends ServerRequest {
  readonly isSplittable?: boolean
}

/**
 * Sends requests until they are answered for good. Network errors, 408, 429, 500, 502, 503 and 504 are tried again; every other status is the answer.
 * A time that the server names (Retry-After) holds for all requests of this sender.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class RetryingSender {
  readonly policy: RetryPolicy
  requests = 0
  retries = 0
  bytesSent = 0
  readonly #transport: Transport
  #pausedUntil = 0
  readonly #stopping = new AbortController()

  constructor(transport: Transport, policy: RetryPolicy) {
    this.#transport = transport
    this.policy = policy
  }

  /** What is being tried now is tried to its end, nothing is tried again, and nothing new is begun. */
  stop(): void {
    this.#stopping.abort()
  }

  /** @throws StoreError `STORE_UNREACHABLE`, `STORE_TIMEOUT`, `STORE_BUSY`, `STORE_FAILED` after the last try; the signal's reason when aborted */
  async send(request: RetriedRequest): Promise<ServerAnswer> {
    const { attempts, clock, giveUpAfterMs, deadline = Number.POSITIVE_INFINITY } = this.policy
    const giveUpAt = Math.min(clock.now() + giveUpAfterMs, deadline)
    let failures = 0
    for (let last: StoreError | null = null; ; ) {
      if (this.#stopping.signal.aborted) throw last ?? stoppedError(this.#transport.location)
      const pauseMs = this.#pausedUntil - clock.now()
      if (pauseMs > 0) await this.#wait(pauseMs, giveUpAt, request, last)
      const remainingMs = giveUpAt - clock.now()
      if (remainingMs <= 0) throw last ?? deadlineError(this.#transport.location)

      const outcome = await this.#try({ ...request, timeoutMs: Math.min(request.timeoutMs, remainingMs) })
      if (!(outcome instanceof StoreError)) {
        if (!isTransient(outcome)) return outcome
        last = toStoreError(outcome, this.#transport.location)
        const namedMs = retryAfterMs(outcome.headers['retry-after'], clock.now())
        if (namedMs !== undefined) {
          // Some after the named time, so that clients that were told the same do not come back together.
          this.#pausedUntil = Math.max(
            this.#pausedUntil,
            clock.now() + namedMs + clock.random() * this.policy.baseDelayMs,
          )
          if (outcome.status === 429 || ++failures < attempts) {
            this.#countRetry()
            continue
          }
          throw last
        }
      } else {
        last = outcome
        if (request.isRepeatable === false) throw last
        if (request.isSplittable && outcome instanceof ConnectionError && outcome.isCutWhileSending) throw last
      }
      if (++failures >= attempts) throw last
      this.#countRetry()
      await this.#wait(jitterMs(this.policy, failures), giveUpAt, request, last)
    }
  }

  #countRetry(): void {
    this.retries++
    this.policy.onRetry?.()
  }

  async #try(request: ServerRequest): Promise<ServerAnswer | StoreError> {
    this.requests++
    for (const piece of request.body ?? []) this.bytesSent += piece.byteLength
    try {
      return await this.#transport.send(request)
    } catch (error) {
      if (error instanceof ConnectionError) return error
      throw error
    }
  }

  async #wait(ms: number, giveUpAt: number, request: ServerRequest, last: StoreError | null): Promise<void> {
    if (this.policy.clock.now() + ms > giveUpAt) throw last ?? deadlineError(this.#transport.location)
    const { signal } = this.#stopping
    try {
      await this.policy.clock.sleep(
        ms,
        request.signal === undefined ? signal : AbortSignal.any([signal, request.signal]),
      )
    } catch (error) {
      if (!signal.aborted) throw error // the caller's signal; a stop is noticed before the next try
    }
  }
}

/** Milliseconds to wait by a Retry-After header: whole seconds or an HTTP date; undefined where there is none. @see RFC 9110 §10.2.3 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** A request above the rate limit's bucket can never pass whole: the server says so and names no time. */
export function isAboveRateLimit(answer: ServerAnswer): boolean {
  return answer.status === 429 && answer.headers['retry-after'] === undefined && /split/i.test(readErrorText(answer))
}

function isTransient(answer: ServerAnswer): boolean {
  return [408, 429, 500, 502, 503, 504].includes(answer.status) && !isAboveRateLimit(answer)
}

function jitterMs(policy: RetryPolicy, failures: number): number {
  return policy.clock.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1))
}

function deadlineError(location: string): StoreError {
  return new StoreError('STORE_TIMEOUT', `${location}: the deadline passed before the request could be sent.`, {
    status: 504,
  })
}

function stoppedError(location: string): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${location}: not sent, since requests before it had failed.`, {
    status: 503,
  })
}
