import type { Side } from '../encoders/encoder.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { WorkerReply } from './encode-task.js'

/** One chunk for a worker. */
export interface EncodeRequest {
  readonly spec: EncoderSpec
  readonly texts: readonly string[]
  readonly side: Side
}

export interface RunnerOptions {
  readonly workers: number
  /** JavaScript heap of each worker. @default V8's */
  readonly heapBytes?: number | undefined
}

/** Workers that encode chunks, one each at a time, the others waiting in order. A worker that ends is replaced. */
export interface TaskRunner {
  /** Chunks that wait for a worker. */
  readonly waiting: number
  /**
   * @param signal once aborted, the chunk ends as cancelled where the worker can be told
   * @throws Error why the worker ended, if it did
   */
  run(request: EncodeRequest, signal: AbortSignal | undefined): Promise<WorkerReply>
  /** Frees the sessions and ends the workers. Nothing may be under way. */
  close(): Promise<void>
}
