import { setTimeout as sleep } from 'node:timers/promises'
import { HubError } from './hub-error.js'

/** Tries one after another without a byte gained, after which a request is given up. */
const ATTEMPTS = 6

/** A server that asks for a longer wait is not waited for. */
const MAX_WAIT_MS = 300_000

const MAX_DELAY_MS = 30_000

export interface HubRetryOptions {
  /** Wait before try n + 1: random, up to `baseDelayMs × 2^(n − 1)` ("full jitter"). */
  readonly baseDelayMs: number
  readonly signal?: AbortSignal | undefined
  /** Called before a wait. */
  readonly onRetry?: ((error: HubError) => void) | undefined
}

/**
 * Runs a request again while it fails for a reason that may pass.
 * @param run one try; resolves, throws, or throws after having gained something
 * @param position what was gained so far: a try that moved it on counts as the first
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retry<T>(
  run: () => Promise<T>,
  policy: HubRetryOptions,
  position: () => number = () => 0,
): Promise<T> {
  let failures = 0
  for (;;) {
    const before = position()
    try {
      return await run()
    } catch (error) {
      policy.signal?.throwIfAborted()
      if (!(error instanceof HubError) || !error.isTransient) throw error
      failures = position() > before ? 1 : failures + 1
      if (failures >= ATTEMPTS || (error.retryAfterMs ?? 0) > MAX_WAIT_MS) throw error
      policy.onRetry?.(error)
      const jitterMs = Math.random() * Math.min(MAX_DELAY_MS, policy.baseDelayMs * 2 ** (failures - 1))
      await wait((error.retryAfterMs ?? 0) + jitterMs, policy.signal)
    }
  }
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
