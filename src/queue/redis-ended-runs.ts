import type { Job, JobType, Queue } from 'bullmq'
import { KEPT_RUNS } from './part-queue.js'
import { indexOfPart, jobsOfRun, partId, runOf } from './redis-run-id.js'

/** States of the job of a run that goes on, and of one that has ended. */
export const OPEN: JobType[] = ['waiting-children', 'waiting', 'active', 'delayed', 'prioritized']
export const ENDED: JobType[] = ['completed', 'failed']

/** Data of a run's job; its children are the parts. */
export interface RunData {
  readonly content: unknown
  readonly total: number
  readonly isCancelled: boolean
  /** What parts returned before others were tried again. */
  readonly earlier: readonly unknown[]
}

/** Removes the runs that ended before the last {@link KEPT_RUNS}, but none that can be tried again and was not cancelled. */
export async function forgetRuns(runs: Queue, parts: Queue): Promise<void> {
  if ((await runs.getJobCountByTypes(...ENDED)) <= KEPT_RUNS) return
  const all = await runs.getRanges([...OPEN, ...ENDED], 0, -1)
  const ended = await runs.getJobs(ENDED, 0, -1)
  ended.sort((a, b) => (a.finishedOn ?? 0) - (b.finishedOn ?? 0))
  for (const job of ended.slice(0, -KEPT_RUNS)) {
    const isLatest = jobsOfRun(all, runOf(job.id!))[0] === job.id
    if (isLatest && (await canBeTriedAgain(job))) continue
    // a planner may have put the run in again meanwhile
    const state = await job.getState()
    if (ENDED.some((each) => each === state)) await removeRun(runs, parts, job.id!)
  }
}

/** Gives up what was set aside of a run that has ended, or its failed end. @returns whether there was such a thing */
export async function giveUp(parts: Queue, job: Job): Promise<boolean> {
  if (!(await job.isCompleted()) && !(await job.isFailed())) return false
  if (!(await canBeTriedAgain(job))) return false
  await job.updateData({ ...(job.data as RunData), isCancelled: true })
  await removeSetAside(parts, job)
  return true
}

/** A job of a run that has ended, and its parts that were set aside. */
export async function removeRun(runs: Queue, parts: Queue, jobId: string): Promise<void> {
  const job = await runs.getJob(jobId)
  if (job === undefined) return
  await removeSetAside(parts, job)
  await job.remove({ removeChildren: false })
}

async function canBeTriedAgain(job: Job): Promise<boolean> {
  if ((job.data as RunData).isCancelled) return false
  return (await job.isFailed()) || Object.keys(await job.getIgnoredChildrenFailures()).length > 0
}

async function removeSetAside(parts: Queue, job: Job): Promise<void> {
  const ignored = await job.getIgnoredChildrenFailures()
  for (const key of Object.keys(ignored)) await parts.remove(partId(job.id!, indexOfPart(key)))
}
