import { setTimeout as pause } from 'node:timers/promises'
import { Piscina } from 'piscina'
import type { WorkerError } from '../errors.js'
import { startExitGuard } from '../onnx/exit-guard.js'
import { startFailure } from '../start-failure.js'
import { workerFile } from '../worker-file.js'
import type { Work, WorkerReply, WorkerTask } from './encode-task.js'
import { type RunnerOptions, START_TIMEOUT_MS, type TaskRunner } from './task-runner.js'

/** Longest time for which threads are waited for that load beside one that could not. */
const LOADING_MS = 1_000

/** What a thread is started with. */
export interface ThreadData {
  readonly exitGuard: SharedArrayBuffer
}

/**
 * Worker threads. A thread that ends by an error is replaced; what ends the process itself (a crash in native code, and
 * mostly also a heap that is full) ends all of them.
 */
export class ThreadRunner implements TaskRunner {
  readonly #piscina: Piscina
  readonly #started: Promise<unknown>
  readonly #othersStarted: Promise<unknown>
  /** Rejections of what is under way, for the case that nobody is left who could do it. */
  readonly #underWay = new Set<(error: Error) => void>()
  #broken: WorkerError | null = null

  constructor({ workers, heapBytes }: RunnerOptions) {
    const filename = workerFile('encode')
    const workerData: ThreadData = { exitGuard: startExitGuard() }
    try {
      this.#piscina = new Piscina({
        filename,
        workerData,
        minThreads: workers,
        maxThreads: workers,
        concurrentTasksPerWorker: 1,
        // a thread that ended would take its loaded models with it
        idleTimeout: Number.POSITIVE_INFINITY,
        // a parked worker would see neither messages nor timers
        atomics: 'disabled',
        ...(heapBytes !== undefined && {
          resourceLimits: { maxOldGenerationSizeMb: Math.floor(heapBytes / 2 ** 20) },
        }),
      })
    } catch (error) {
      throw startFailure(error as Error)
    }
    // an idle thread that ends is replaced; without a listener the event would end the process
    this.#piscina.on('error', (error: Error) => {
      // Piscina starts no other one after a replacement that could not load, and would let everything wait
      if (this.#piscina.threads.length === 0) this.#break(startFailure(error))
    })
    this.#started = this.#give({ op: 'start' })
    this.#started.catch(() => {})
    const others = Array.from({ length: workers - 1 }, () => this.#piscina.run({ op: 'start' } satisfies WorkerTask))
    this.#othersStarted = Promise.allSettled(others)
  }

  get waiting(): number {
    return this.#piscina.queueSize
  }

  async start(): Promise<void> {
    const timer = setTimeout(() => {
      this.#break(startFailure({ message: `no answer within ${START_TIMEOUT_MS / 1000} s` }))
    }, START_TIMEOUT_MS)
    try {
      await this.#started
    } catch (error) {
      this.#break(startFailure(error as Error))
      throw this.#broken
    } finally {
      clearTimeout(timer)
    }
  }

  async run(work: Work, signal: AbortSignal | undefined): Promise<WorkerReply> {
    const stop = new SharedArrayBuffer(4)
    const onAbort = () => Atomics.store(new Int32Array(stop), 0, 1)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await this.#give({ ...work, stop })
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    const arrived = new SharedArrayBuffer(4)
    const workers = this.#broken === null ? this.#piscina.threads.length : 0
    const release: WorkerTask = { op: 'release', arrived, workers }
    await Promise.allSettled(Array.from({ length: workers }, () => this.#give(release)))
    if (this.#broken !== null) await this.#untilLoaded()
    await this.#piscina.destroy()
  }

  /** Where one thread cannot start, the others may be loading yet; a thread that is ended while it does can abort the process. */
  async #untilLoaded(): Promise<void> {
    const inTime = new AbortController()
    await Promise.race([this.#othersStarted, pause(LOADING_MS, null, { signal: inTime.signal }).catch(() => {})])
    inTime.abort()
  }

  #give(task: WorkerTask): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken)
      this.#underWay.add(reject)
      const settle = () => this.#underWay.delete(reject)
      this.#piscina.run(task).finally(settle).then(resolve, reject)
    })
  }

  #break(error: WorkerError): void {
    this.#broken ??= error
    for (const reject of this.#underWay) reject(this.#broken)
    this.#underWay.clear()
  }
}
