import type { Job } from 'bullmq'
import type { Taken } from './part-queue.js'

/** BullMQ's codes of a job that is not ours any more: gone, without a lease, in another state, leased by another. */
const LOST = new Set([-1, -2, -3, -6])
/** Renewals in the time of a lease. */
const RENEWALS = 3

/** A job whose lease is renewed until it is done with. */
export interface LeasedJob {
  readonly calls: Pick<Taken, 'lost' | 'progress' | 'finish' | 'fail' | 'release'>
  /** Renews it no longer. */
  stop(): void
}

/** @param onEnd called when it is renewed no longer */
export function takeJob(job: Job, token: string, leaseMs: number, onEnd: (leased: LeasedJob) => void): LeasedJob {
  const lost = new AbortController()
  const renew = async () => {
    try {
      if (Number(await job.extendLock(token, leaseMs)) !== 1) lose()
    } catch (error) {
      // an outage says nothing of the lease: it is still there, or gone when the queue is back
      if (isLost(error)) lose()
    }
  }
  const timer = setInterval(() => void renew(), leaseMs / RENEWALS)
  timer.unref()
  const lose = () => {
    stop()
    lost.abort()
  }
  const stop = () => {
    clearInterval(timer)
    onEnd(leased)
  }
  /** What cannot be said of a job that another has is not needed. */
  const last = async <T>(say: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await say()
    } catch (error) {
      if (!isLost(error)) throw error
      lost.abort()
      return otherwise
    } finally {
      stop()
    }
  }
  const leased: LeasedJob = {
    stop,
    calls: {
      lost: lost.signal,
      progress: (progress) => job.updateProgress({ ...progress }).catch(() => {}),
      finish: (result) => last(async () => void (await job.moveToCompleted(result, token, false)), undefined),
      fail: (reason) =>
        last(async () => {
          await job.moveToFailed(new Error(reason), token, false)
          return await job.isFailed()
        }, false),
      release: () => last(async () => void (await job.moveToWait(token)), undefined),
    },
  }
  return leased
}

function isLost(error: unknown): boolean {
  return LOST.has((error as { code?: number }).code ?? 0)
}
