import type { PointId } from '../../document.js'
import { readErrorText, readResult, toStoreError } from './answer.js'
import type { PointBatch } from './point-batch.js'
import { isAboveRateLimit, type RetryingSender } from './retry.js'
import { ConnectionError, type ServerAnswer } from './transport.js'

/** Below this size no batch is made smaller for its bytes. */
const MIN_BATCH_BYTES = 64 * 1024

/** How large a batch may be; lowered when the server says that one was too large. */
export interface BatchLimits {
  bytes: number
  points: number
}

/** Where the outcome of each point goes. A point that is in none of them when {@link storeBatch} throws is not stored. */
export interface BatchOutcome {
  /** `isApplied` is false where the server has only written it down (`acknowledged`, `wait_timeout`). */
  stored(ids: readonly PointId[], isApplied: boolean): void
  refused(id: PointId, reason: string): void
}

export interface BatchTarget {
  readonly sender: RetryingSender
  readonly location: string
  /** `/collections/{name}/points?wait=…` */
  readonly path: string
  readonly timeoutMs: number
  /** Shard key of a collection with shards of its own making. */
  readonly shardKey?: string | number
  readonly signal?: AbortSignal
}

/**
 * Stores the points of a batch from `begin` to `end`. What is refused or too large is halved until it passes or one point is left, which is
 * reported as refused; the rest goes in.
 * @throws StoreError when the server cannot be reached, is too busy for too long, or lets nobody in
 */
export async function storeBatch(
  target: BatchTarget,
  batch: PointBatch,
  limits: BatchLimits,
  outcome: BatchOutcome,
  begin = 0,
  end = batch.count,
): Promise<void> {
  const isOne = end - begin === 1
  const bytes = batch.bodyBytes(begin, end)
  // A connection cut while the body is sent is how a refusal by size can look from here; of a point of ordinary size it is a failure.
  const mayBeTooLarge = !isOne || bytes > limits.bytes
  const answer = await putPoints(target, batch, begin, end, mayBeTooLarge)
  if (answer === null && isOne) {
    return outcome.refused(
      batch.ids[begin]!,
      `the server hangs up on a request of ${bytes} bytes; it takes 32 MB by default`,
    )
  }
  if (answer !== null) {
    if (answer.status >= 200 && answer.status <= 299) {
      const result = readResult<{ status: string }>(answer, target.location)
      return outcome.stored(batch.ids.slice(begin, end), result.status === 'completed')
    }
    if (!isAboutThePoints(answer)) throw toStoreError(answer, target.location)
    if (isOne) return outcome.refused(batch.ids[begin]!, readErrorText(answer) || `HTTP ${answer.status}`)
    if (isAboveRateLimit(answer)) limits.points = Math.min(limits.points, Math.ceil((end - begin) / 2))
    else if (isTooLarge(answer)) {
      limits.bytes = Math.min(limits.bytes, Math.max(MIN_BATCH_BYTES, Math.ceil(bytes / 2)))
    }
  }
  const middle = (begin + end) >> 1
  await storeBatch(target, batch, limits, outcome, begin, middle)
  await storeBatch(target, batch, limits, outcome, middle, end)
}

/** Null where the connection was cut while the body was sent and `mayBeTooLarge`. */
async function putPoints(
  target: BatchTarget,
  batch: PointBatch,
  begin: number,
  end: number,
  mayBeTooLarge: boolean,
): Promise<ServerAnswer | null> {
  const { sender, path, timeoutMs, signal } = target
  try {
    return await sender.send({
      method: 'PUT',
      path,
      body: batch.body(begin, end),
      timeoutMs,
      isSplittable: end - begin > 1,
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (mayBeTooLarge && error instanceof ConnectionError && error.isCutWhileSending) return null
    throw error
  }
}

/** Fewer, or other, points may pass. Anything else (no access, no such collection, a redirect) holds for all of them. */
function isAboutThePoints(answer: ServerAnswer): boolean {
  return [400, 413, 422].includes(answer.status) || isAboveRateLimit(answer)
}

function isTooLarge(answer: ServerAnswer): boolean {
  return answer.status === 413 || /larger than allowed|too large|exceeded limit|size limit/i.test(readErrorText(answer))
}
