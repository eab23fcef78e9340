import { Piscina } from 'piscina'
import type { Work, WorkerReply, WorkerTask } from './encode-task.js'
import type { RunnerOptions, TaskRunner } from './task-runner.js'
import { workerFile } from './worker-file.js'

/**
 * Worker threads. A thread that ends by an error is replaced; what ends the process itself (a crash in native code, and
 * mostly also a heap that is full) ends all of them.
 */
export class ThreadRunner implements TaskRunner {
  readonly #piscina: Piscina

  constructor({ workers, heapBytes }: RunnerOptions) {
    this.#piscina = new Piscina({
      filename: workerFile('encode'),
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
    // an idle thread that ends is replaced; without a listener the event would end the process
    this.#piscina.on('error', () => {})
  }

  get waiting(): number {
    return this.#piscina.queueSize
  }

  async run(work: Work, signal: AbortSignal | undefined): Promise<WorkerReply> {
    const stop = new SharedArrayBuffer(4)
    const onAbort = () => Atomics.store(new Int32Array(stop), 0, 1)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return (await this.#piscina.run({ ...work, stop } satisfies WorkerTask)) as WorkerReply
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    const arrived = new SharedArrayBuffer(4)
    const workers = this.#piscina.threads.length
    const release: WorkerTask = { op: 'release', arrived, workers }
    await Promise.allSettled(Array.from({ length: workers }, () => this.#piscina.run(release)))
    await this.#piscina.destroy()
  }
}
