/**
 * Ends the id of a job in Redis that is a run again. A run whose parts are given out again is a new job, `RUN~2`, which is there before the one before it is
 * removed: who dies in between has lost nothing, because the latest job of a run counts.
 */
const AGAIN = /~(\d+)$/

/** The run of a job. */
export function runOf(jobId: string): string {
  return jobId.replace(AGAIN, '')
}

/** The job that follows one. */
export function nextJobId(jobId: string): string {
  return `${runOf(jobId)}~${tryOf(jobId) + 1}`
}

/** The jobs of a run among others, the latest first. */
export function jobsOfRun(jobIds: readonly string[], run: string): string[] {
  return jobIds.filter((id) => runOf(id) === run).sort((a, b) => tryOf(b) - tryOf(a))
}

/** The job of a part. */
export function partId(jobId: string, index: number): string {
  return `${jobId}-${index}`
}

/** Of the name that BullMQ gives a part in the lists of its run. */
export function indexOfPart(key: string): number {
  return Number(key.slice(key.lastIndexOf('-') + 1))
}

function tryOf(jobId: string): number {
  return Number(AGAIN.exec(jobId)?.[1] ?? 1)
}
