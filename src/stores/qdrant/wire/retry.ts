import { setTimeout as sleepFor } from 'node:timers/promises'
import { StoreError } from '../../../errors.js'
import type { Retry } from '../../store.js'
import { readErrorText, toAnswerError } from './answer.js'
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
  readonly onRetry?: (retry: Retry) => void
  readonly clock: Clock
}

/** Smaller than an upload's: somebody waits for a search. */
export const READ_RETRIES = { baseDelayMs: 100, maxDelayMs: 2000, giveUpAfterMs: 120_000 }

export interface RetriedRequest extends ServerRequest {
  /** A try is not repeated when splitting is the cure. @default false */
  readonly isSplittable?: boolean
  /** Fewer tries than the policy has. */
  readonly attempts?: number
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
    const { clock, giveUpAfterMs, deadline = Number.POSITIVE_INFINITY } = this.policy
    const attempts = Math.min(this.policy.attempts, request.attempts ?? Number.POSITIVE_INFINITY)
    const begunAt = clock.now()
    const giveUpAt = Math.min(begunAt + giveUpAfterMs, deadline)
    let failures = 0
    let busyAnswers = 0
    for (let last: StoreError | null = null; ; ) {
      await this.#waitForPause(giveUpAt, request, last)
      if (this.#stopping.signal.aborted) throw last ?? stoppedError(this.#transport.location)
      const remainingMs = giveUpAt - clock.now()
      if (remainingMs <= 0) throw last ?? deadlineError(this.#transport.location)

      const outcome = await this.#try({ ...request, timeoutMs: Math.min(request.timeoutMs, remainingMs) })
      let namedMs: number | undefined
      if (outcome instanceof StoreError) {
        // the time ran out in the middle of this try: what came before says more
        const isCutShort = remainingMs < request.timeoutMs && outcome.code === 'STORE_TIMEOUT'
        if (isCutShort && last !== null) throw last
        last = outcome
        if (request.isRepeatable === false) throw last
        if (request.isSplittable && outcome instanceof ConnectionError && outcome.isCutWhileSending) throw last
        failures++
      } else {
        if (!isTransient(outcome)) return outcome
        last = toAnswerError(outcome, this.#transport.location)
        namedMs = retryAfterMs(outcome.headers['retry-after'], clock.now(), outcome.headers.date)
        if (namedMs !== undefined && clock.now() + namedMs > giveUpAt) throw asksTooMuch(last, namedMs)
        if (namedMs !== undefined && outcome.status === 429) busyAnswers++
        else failures++
      }
      if (failures >= attempts) throw last
      this.#countRetry({ error: last, sinceMs: clock.now() - begunAt })
      if (namedMs !== undefined && namedMs > 0) {
        // Some after the named time, so that clients that were told the same do not come back together.
        const until = clock.now() + namedMs + clock.random() * this.policy.baseDelayMs
        this.#pausedUntil = Math.max(this.#pausedUntil, until)
      } else {
        // "0", or a date that is over, is no time to wait, but no leave to hammer either
        await this.#wait(jitterMs(this.policy, failures + busyAnswers), giveUpAt, request, last)
      }
    }
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

  #countRetry(retry: Retry): void {
    this.retries++
    this.policy.onRetry?.(retry)
  }

  /** Until the time that the server named, which another request may move on meanwhile. */
  async #waitForPause(giveUpAt: number, request: ServerRequest, last: StoreError | null): Promise<void> {
    const { clock } = this.policy
    while (this.#pausedUntil > clock.now() && !this.#stopping.signal.aborted) {
      await this.#wait(this.#pausedUntil - clock.now(), giveUpAt, request, last)
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

/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date; undefined where there is none.
 * @param serverDate the answer's Date header: the server's clock may be hours from ours
 * @see RFC 9110 §10.2.3
 */
export function retryAfterMs(header: string | undefined, now: number, serverDate?: string): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const until = parseHttpDate(text)
  return until === undefined ? undefined : Math.max(0, until - (parseHttpDate(serverDate) ?? now))
}

/** An HTTP date in any of its three forms, one of which leaves the GMT out. @see RFC 9110 §5.6.7 */
function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]+,? .*\d:\d\d:\d\d/.test(text)) return undefined
  const time = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : time
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

function asksTooMuch(busy: StoreError, namedMs: number): StoreError {
  const message = `${busy.message} It asks to wait ${Math.ceil(namedMs / 1000)} s, which is longer than this request is tried.`
  return new StoreError(busy.code, message, { status: busy.status, cause: busy })
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
