import { totalmem } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { startFailure, startThread } from '../../start-failure.js'
import { workerFile } from '../../worker-file.js'
import type { ParquetReply, ParquetTask, ParquetThreadData } from './parquet-task.js'

/** Heap of the reading thread, in MB: what one row group may need. */
const MAX_HEAP_MB = Math.max(256, Math.min(4096, Math.floor(totalmem() / 2 / 2 ** 20)))
/** How many times within the deadline it is looked whether the thread has got on. */
const LOOKS = 8

/** The thread is gone with what it was asked: it made no progress, ran out of memory, or ended by itself. */
export class ParquetThreadFailure extends Error {}

/**
 * A thread that reads Parquet files: damaged ones can keep a reader busy for minutes or take all memory, which only
 * another thread can end. A thread that failed is replaced at the next task.
 */
export class ParquetThread implements AsyncDisposable {
  readonly #stallMs: number
  #worker: Worker | null = null
  #beats = new Int32Array(new SharedArrayBuffer(4))

  /** @param stallMs longest time without progress before the thread is ended */
  constructor(stallMs: number) {
    this.#stallMs = stallMs
  }

  /**
   * Does one task; nothing else may be under way.
   * @throws ParquetThreadFailure if the thread had to be ended: the file must be opened again
   * @throws Error what the reader says of the file
   * @throws WorkerError `WORKER_FILE_MISSING`, `WORKER_START_FAILED` if the thread cannot be started: no file is at fault
   */
  async run(task: ParquetTask): Promise<Extract<ParquetReply, { ok: true }>> {
    const worker = this.#worker ?? this.#start()
    const reply = await this.#ask(worker, task)
    if (!reply.ok) throw new Error(reply.message)
    return reply
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #start(): Worker {
    const beats = new SharedArrayBuffer(4)
    this.#beats = new Int32Array(beats)
    const workerData: ParquetThreadData = { beats }
    const worker = startThread(workerFile('parquet'), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      // the flags of the process are not the thread's: a test runner's would be refused
      execArgv: [],
    })
    worker.on('error', () => {}) // seen by whoever waits; an idle thread that fails is replaced
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    this.#worker = worker
    return worker
  }

  async #ask(worker: Worker, task: ParquetTask): Promise<ParquetReply> {
    let stop: () => void = () => {}
    try {
      return await new Promise<ParquetReply>((resolve, reject) => {
        const onMessage = (reply: ParquetReply) => resolve(reply)
        const onError = (error: NodeJS.ErrnoException) => reject(this.#failureOf(error))
        const onExit = (code: number) => reject(new ParquetThreadFailure(`the reading thread ended with code ${code}`))
        const timer = this.#watch(() => reject(new ParquetThreadFailure(`no progress for ${this.#stallMs} ms`)))
        worker.on('message', onMessage).on('error', onError).on('exit', onExit)
        stop = () => {
          clearInterval(timer)
          worker.off('message', onMessage).off('error', onError).off('exit', onExit)
        }
        worker.postMessage(task)
      })
    } catch (error) {
      stop()
      await this.close()
      throw error
    } finally {
      stop()
    }
  }

  /** Calls `onStall` once the thread has made no progress for this long. The time is counted in looks, so that a machine that slept does not matter. */
  #watch(onStall: () => void): NodeJS.Timeout {
    let seen = Atomics.load(this.#beats, 0)
    let looks = 0
    return setInterval(() => {
      const beats = Atomics.load(this.#beats, 0)
      looks = beats === seen ? looks + 1 : 0
      seen = beats
      if (looks >= LOOKS) onStall()
    }, this.#stallMs / LOOKS)
  }

  #failureOf(error: NodeJS.ErrnoException): Error {
    if (Atomics.load(this.#beats, 0) === 0) return startFailure(error)
    return error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? new ParquetThreadFailure(`more than ${MAX_HEAP_MB} MB of memory needed`)
      : new ParquetThreadFailure(error.message)
  }
}
