import { AskedThread, type Asking } from './asked-thread.js'
import type { ReadMethod, ReadStore, StoreTask } from './store-thread-task.js'

/**
 * A thread in which embedded stores are read, so that a search that takes long keeps nobody but other searches waiting. It starts when the first
 * store is opened; one that ended is replaced, and the stores in it are gone.
 */
export class StoreThread {
  readonly #thread: AskedThread

  /** @param file the compiled entry point `workers/read-store` */
  constructor(file: string) {
    this.#thread = new AskedThread(file)
  }

  /**
   * Opens an embedded store for reading, as it is now.
   * @param maxConditions of a filter; one with more is refused
   * @throws StoreError `STORE_MISSING`, `STORE_CORRUPT`, `STORE_VERSION`; WorkerError `WORKER_DIED`, `WORKER_FILE_MISSING`, `WORKER_START_FAILED`
   */
  async open(path: string, maxConditions: number): Promise<ReadStore> {
    const store = this.#thread.nextId()
    const ask = (task: Asking<StoreTask>) => this.#thread.ask(task)
    const location = (await ask({ store, op: 'open', path, maxConditions })) as string
    const read = (op: ReadMethod, args: readonly unknown[]) => ask({ store, op, args }) as Promise<never>
    return {
      location,
      describeCollection: (...args) => read('describeCollection', args),
      listCollections: (...args) => read('listCollections', args),
      count: (...args) => read('count', args),
      queryBatch: (...args) => read('queryBatch', args),
      retrieve: (...args) => read('retrieve', args),
      scroll: (...args) => read('scroll', args),
      close: async () => {
        if (this.#thread.isRunning) await ask({ store, op: 'close' })
      },
    }
  }

  /** Ends the thread, and what it is asked with it. */
  close(): Promise<void> {
    return this.#thread.end()
  }
}
