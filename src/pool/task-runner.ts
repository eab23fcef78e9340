import type { Work, WorkerReply } from './encode-task.js'

export interface RunnerOptions {
  readonly workers: number
  /** JavaScript heap of each worker. @default V8's */
  readonly heapBytes?: number | undefined
}

/** Workers that encode pieces, one each at a time, the others waiting in order. A worker that ends is replaced. */
export interface TaskRunner {
  /** Pieces that wait for a worker. */
  readonly waiting: number
  /**
   * Resolves once a worker has started.
   * @throws WorkerError `WORKER_FILE_MISSING`, `WORKER_START_FAILED` if none can
   */
  start(): Promise<void>
  /**
   * @param signal once aborted, the piece ends as cancelled where the worker can be told
   * @throws Error why the worker ended, if it did
   * @throws WorkerError as {@link start}, if none is left and none can be started
   */
  run(work: Work, signal: AbortSignal | undefined): Promise<WorkerReply>
  /** Frees the sessions and ends the workers. Nothing may be under way. */
  close(): Promise<void>
}

/** Longest time for a worker to start, in milliseconds; it takes a fraction of a second, some seconds on a machine that has much else to do. */
export const START_TIMEOUT_MS = 60_000
