import type { PointId } from '../../../document.js'
import { readErrorText, readResult, toAnswerError } from '../wire/answer.js'
import { isAboveRateLimit, type RetryingSender } from '../wire/retry.js'
import { ConnectionError, type ServerAnswer } from '../wire/transport.js'
import type { PointBatch } from './point-batch.js'

/** Below this size no batch is made smaller for its bytes. */
const MIN_BATCH_BYTES = 64 * 1024

/** Tries of a single point that is larger than any batch, before a connection cut while it is sent counts as a refusal. */
const LARGE_POINT_ATTEMPTS = 8

/** How large a batch may be, lowered when the server says that one was too large; and how it is written. */
export interface BatchLimits {
  bytes: number
  points: number
  /** Names of multivectors that the collection keeps as float16 and compares by cosine: shorter decimals do. @default none */
  readonly halves?: ReadonlySet<string>
}

/** Where the outcome of each point goes. A point that is in none of them when {@link storeBatch} throws is not stored. */
export interface BatchOutcome {
  /** The points from `begin` to `end`. `isApplied` is false where the server has only written them down (`acknowledged`, `wait_timeout`). */
  stored(begin: number, end: number, isApplied: boolean): void
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
  if (answer instanceof ConnectionError) {
    if (isOne) {
      const reason = `the server hangs up on a request of ${bytes} bytes; it takes 32 MB by default`
      return outcome.refused(batch.ids[begin]!, reason)
    }
    // too much for the time of one request: a network fault is over soon, and says nothing of the next batch
    if (answer.code === 'STORE_TIMEOUT') lowerBytes(limits, bytes)
  } else {
    if (answer.status >= 200 && answer.status <= 299) {
      const result = readResult<{ status: string } | null>(answer, target.location)
      return outcome.stored(begin, end, result?.status === 'completed')
    }
    if (!isAboutThePoints(answer)) throw toAnswerError(answer, target.location)
    if (isOne) return outcome.refused(batch.ids[begin]!, readErrorText(answer) || `HTTP ${answer.status}`)
    if (isTooLarge(answer)) lowerBytes(limits, bytes)
    limits.points = Math.min(limits.points, pointsTaken(answer, end - begin))
  }
  const middle = (begin + end) >> 1
  await storeBatch(target, batch, limits, outcome, begin, middle)
  await storeBatch(target, batch, limits, outcome, middle, end)
}

/** The error where the connection was cut while the body was sent and `mayBeTooLarge`. */
async function putPoints(
  target: BatchTarget,
  batch: PointBatch,
  begin: number,
  end: number,
  mayBeTooLarge: boolean,
): Promise<ServerAnswer | ConnectionError> {
  const { sender, path, timeoutMs, signal } = target
  const isOne = end - begin === 1
  try {
    return await sender.send({
      method: 'PUT',
      path,
      body: batch.body(begin, end),
      timeoutMs,
      isSplittable: !isOne,
      ...(isOne && mayBeTooLarge && { attempts: LARGE_POINT_ATTEMPTS }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    const isCut = error instanceof ConnectionError && error.isCutWhileSending
    // one point that takes too long was never refused
    if (mayBeTooLarge && isCut && !(isOne && error.code === 'STORE_TIMEOUT')) return error
    throw error
  }
}

function lowerBytes(limits: BatchLimits, refusedBytes: number): void {
  limits.bytes = Math.min(limits.bytes, Math.max(MIN_BATCH_BYTES, Math.ceil(refusedBytes / 2)))
}

/** The most points of a request that may pass where one of `points` did not: by strict mode, by the rate limit, or no fewer. */
function pointsTaken(answer: ServerAnswer, points: number): number {
  if (isAboveRateLimit(answer)) return Math.ceil(points / 2)
  const [, sent, limit] = /limit exceeded (\d+) > (\d+)/i.exec(readErrorText(answer)) ?? []
  return Number(sent) === points ? Math.max(1, Number(limit)) : Number.POSITIVE_INFINITY
}

/** Fewer, or other, points may pass. Anything else (no access, no such collection, a redirect) holds for all of them. */
function isAboutThePoints(answer: ServerAnswer): boolean {
  return [400, 413, 422].includes(answer.status) || isAboveRateLimit(answer)
}

function isTooLarge(answer: ServerAnswer): boolean {
  return answer.status === 413 || /larger than allowed|too large|exceeded limit|size limit/i.test(readErrorText(answer))
}
