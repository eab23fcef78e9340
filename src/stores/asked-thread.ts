import type { MessagePort, TransferListItem, Worker } from 'node:worker_threads'
import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../error-record.js'
import { WorkerError } from '../errors.js'
import { startFailure, startThread } from '../start-failure.js'

/** What a thread answers to the task of that number. */
export type ThreadReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorRecord }
)

/** A task as it is asked: without its number. */
export type Asking<Task> = Task extends unknown ? Omit<Task, 'id'> : never

/** A thread's first message: an answer to nothing, by which it is known that it could be loaded. */
export const STARTED: ThreadReply = { id: 0, ok: true, value: null }

/** Answers a task in its thread. The bytes of an answer that is nothing else leave the thread. */
export async function answerTask(port: MessagePort, id: number, task: () => Promise<unknown>): Promise<void> {
  try {
    const value = await task()
    const moved = value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []
    port.postMessage({ id, ok: true, value } satisfies ThreadReply, moved)
  } catch (error) {
    port.postMessage({ id, ok: false, error: toErrorRecord(error) } satisfies ThreadReply)
  }
}

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

  /** The answer to a task. @throws what the thread throws; WorkerError `WORKER_DIED` if it ends before, `WORKER_FILE_MISSING`, `WORKER_START_FAILED` */
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
    const worker = startThread(this.#file, { execArgv: [] })
    let isStarted = false
    let failure = died('it ended')
    worker.on('message', (message: ThreadReply) => {
      isStarted = true
      if (!('ok' in message)) return this.#onMessage(message as never, (reply) => worker.postMessage(reply))
      const asked = this.#asked.get(message.id)
      this.#asked.delete(message.id)
      if (message.ok) asked?.resolve(message.value)
      else asked?.reject(fromErrorRecord(message.error))
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
