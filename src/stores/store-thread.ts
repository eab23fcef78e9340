import type { Worker } from 'node:worker_threads'
import { fromErrorRecord } from '../error-record.js'
import { WorkerError } from '../errors.js'
import { startFailure, startThread } from '../start-failure.js'
import type { ReadMethod, ReadStore, StoreReply, StoreTask } from './store-thread-task.js'

type Ask = StoreTask extends infer Task ? (Task extends StoreTask ? Omit<Task, 'id'> : never) : never

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * A thread in which embedded stores are read, so that a search that takes long keeps nobody but other searches waiting. It starts when the first
 * store is opened; one that ended is replaced, and the stores in it are gone.
 */
export class StoreThread {
  readonly #file: string
  readonly #asked = new Map<number, Asked>()
  #worker: Worker | null = null
  #ids = 0

  /** @param file the compiled entry point `workers/read-store` */
  constructor(file: string) {
    this.#file = file
  }

  /**
   * Opens an embedded store for reading, as it is now.
   * @param maxConditions of a filter; one with more is refused
   * @throws StoreError `STORE_MISSING`, `STORE_CORRUPT`, `STORE_VERSION`; WorkerError `WORKER_DIED`, `WORKER_FILE_MISSING`, `WORKER_START_FAILED`
   */
  async open(path: string, maxConditions: number): Promise<ReadStore> {
    const store = ++this.#ids
    const location = (await this.#ask({ store, op: 'open', path, maxConditions })) as string
    const read = (op: ReadMethod, args: readonly unknown[]) => this.#ask({ store, op, args }) as Promise<never>
    return {
      location,
      describeCollection: (...args) => read('describeCollection', args),
      listCollections: (...args) => read('listCollections', args),
      count: (...args) => read('count', args),
      queryBatch: (...args) => read('queryBatch', args),
      close: async () => {
        if (this.#worker !== null) await this.#ask({ store, op: 'close' })
      },
    }
  }

  /** Ends the thread, and what it is asked with it. */
  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #ask(task: Ask): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#ids
      const worker = this.#worker ?? this.#start()
      this.#asked.set(id, { resolve, reject })
      worker.postMessage({ ...task, id } as StoreTask)
    })
  }

  #start(): Worker {
    // the flags of the process are not the thread's: a test runner's would be refused
    const worker = startThread(this.#file, { execArgv: [] })
    let isStarted = false
    let failure = died('it ended')
    worker.on('message', (reply: StoreReply) => {
      isStarted = true
      const asked = this.#asked.get(reply.id)
      this.#asked.delete(reply.id)
      if (reply.ok) asked?.resolve(reply.value)
      else asked?.reject(fromErrorRecord(reply.error))
    })
    worker.on('error', (error) => {
      failure = isStarted ? died(error.message) : startFailure(error)
    })
    worker.once('exit', () => {
      this.#worker = null
      for (const { reject } of this.#asked.values()) reject(failure)
      this.#asked.clear()
    })
    this.#worker = worker
    return worker
  }
}

function died(reason: string): WorkerError {
  return new WorkerError('WORKER_DIED', `Expected an answer of the store, got the end of its thread: ${reason}.`)
}
