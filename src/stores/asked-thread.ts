import { type TransferListItem, Worker } from 'node:worker_threads'
import { type ErrorRecord, fromErrorRecord } from '../error-record.js'
import { WorkerError } from '../errors.js'

/** What a thread answers to the task of that number. */
export type ThreadReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorRecord }
)

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A thread that answers tasks, and starts with the first one. One that ended is replaced at the next task, and what was in it is gone. */
export class AskedThread {
  readonly #file: string
  readonly #asked = new Map<number, Asked>()
  readonly #onMessage: (message: never, reply: (message: object) => void) => void
  #worker: Worker | null = null
  #ids = 0

  /**
   * @param file the compiled entry point
   * @param onMessage called with what the thread says unasked; it is answered there
   */
  constructor(file: string, onMessage: (message: never, reply: (message: object) => void) => void = () => {}) {
    this.#file = file
    this.#onMessage = onMessage
  }

  /** Whether there is a thread. */
  get isRunning(): boolean {
    return this.#worker !== null
  }

  /** A number that no task has. */
  nextId(): number {
    return ++this.#ids
  }

  /** The answer to a task. @throws what the thread throws; WorkerError `WORKER_DIED` if it ends before */
  ask(task: object, id: number = this.nextId(), transfer: readonly TransferListItem[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? this.#start()
      this.#asked.set(id, { resolve, reject })
      worker.postMessage({ ...task, id }, transfer)
    })
  }

  /** Ends the thread, and what it is asked with it. */
  async end(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    // the flags of the process are not the thread's: a test runner's would be refused
    const worker = new Worker(this.#file, { execArgv: [] })
    let reason = 'it ended'
    worker.on('message', (reply: ThreadReply) => {
      const asked = this.#asked.get(reply.id)
      if (asked === undefined || !('ok' in reply)) {
        return this.#onMessage(reply as never, (message) => worker.postMessage(message))
      }
      this.#asked.delete(reply.id)
      if (reply.ok) asked.resolve(reply.value)
      else asked.reject(fromErrorRecord(reply.error))
    })
    worker.on('error', (error) => {
      reason = error.message
    })
    worker.once('exit', () => {
      this.#worker = null
      for (const { reject } of this.#asked.values()) {
        reject(new WorkerError('WORKER_DIED', `Expected an answer of the store, got the end of its thread: ${reason}.`))
      }
      this.#asked.clear()
    })
    this.#worker = worker
    return worker
  }
}
