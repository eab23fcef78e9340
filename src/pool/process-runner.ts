import { type ChildProcess, fork } from 'node:child_process'
import type { WorkerError } from '../errors.js'
import { startFailure } from '../start-failure.js'
import { workerFile } from '../worker-file.js'
import type { ProcessMessage, Work, WorkerReply } from './encode-task.js'
import { type RunnerOptions, START_TIMEOUT_MS, type TaskRunner } from './task-runner.js'

/** How long a process may take to end once it was told. */
const END_TIMEOUT_MS = 10_000
/** Processes in a row that may be killed before they have started. */
const MAX_UNSTARTED = 3

interface Job {
  readonly work: Work
  readonly resolve: (reply: WorkerReply) => void
  readonly reject: (error: Error) => void
}

/**
 * Worker processes. Whatever ends one (a crash in native code, a full heap, the system's out-of-memory killer) ends that piece alone.
 * Against threads they cost a copy of each piece's vectors and some tens of megabytes each, and a piece under way cannot be cancelled.
 */
export class ProcessRunner implements TaskRunner {
  readonly #workers: number
  readonly #file: string
  readonly #execArgv: readonly string[]
  readonly #idle: ChildProcess[] = []
  readonly #all = new Set<ChildProcess>()
  readonly #queue: Job[] = []

  readonly #started: Promise<void>
  #onStarted: () => void = () => {}
  #onNotStarted: (error: Error) => void = () => {}
  /** Processes in a row that were ended before they had started. */
  #unstarted = 0

  constructor({ workers, heapBytes }: RunnerOptions) {
    this.#workers = workers
    this.#file = workerFile('encode-process')
    this.#execArgv = heapBytes === undefined ? [] : [`--max-old-space-size=${Math.floor(heapBytes / 2 ** 20)}`]
    this.#started = new Promise((resolve, reject) => {
      this.#onStarted = resolve
      this.#onNotStarted = reject
    })
    this.#started.catch(() => {})
    this.#startAll()
  }

  get waiting(): number {
    return this.#queue.length
  }

  async start(): Promise<void> {
    const timer = setTimeout(() => {
      this.#onNotStarted(startFailure({ message: `no answer within ${START_TIMEOUT_MS / 1000} s` }))
    }, START_TIMEOUT_MS)
    try {
      await this.#started
    } finally {
      clearTimeout(timer)
    }
  }

  run(work: Work): Promise<WorkerReply> {
    return new Promise<WorkerReply>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      // those that could not be started before
      this.#startAll()
      this.#next()
    })
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#all].map(async (child) => {
        this.#all.delete(child)
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
        const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
        try {
          // not once() of node:events, which an error of the channel would reject
          const ended = new Promise((resolve) => child.once('exit', resolve))
          child.ref()
          if (child.connected) child.disconnect()
          await ended
        } finally {
          clearTimeout(timer)
        }
      }),
    )
  }

  #startAll(): void {
    for (let missing = this.#workers - this.#all.size; missing > 0; missing--) {
      try {
        this.#start()
      } catch (error) {
        this.#failToStart(error as Error)
        return
      }
    }
  }

  /** @throws Error where the system has no memory for another process; other failures are events of it */
  #start(): void {
    const child = fork(this.#file, [], {
      serialization: 'advanced',
      execArgv: [...this.#execArgv],
      // V8 prints a page when its heap is full; the reason is told by the pool
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // idle workers do not keep a program alive
    child.unref()
    child.channel?.unref()
    child.on('error', (error) => {
      // one that cannot be sent to ends, too, and is seen there; one that was never started has no end
      if (child.pid === undefined && this.#all.delete(child)) this.#failToStart(error)
    })
    let hasStarted = false
    let failure: WorkerError | undefined
    child.once('message', (message: ProcessMessage) => {
      if ('op' in message && message.op === 'failed') failure = startFailure(message.error)
      if (failure !== undefined || !this.#all.has(child)) return
      hasStarted = true
      this.#unstarted = 0
      this.#onStarted()
      this.#idle.push(child)
      this.#next()
    })
    child.once('exit', (code, signal) => {
      if (!this.#all.delete(child)) return
      if (hasStarted) {
        const at = this.#idle.indexOf(child)
        if (at >= 0) this.#idle.splice(at, 1)
        this.#startAll()
        return
      }
      this.#unstarted++
      // somebody killed it: the next one may be left in peace
      if (failure === undefined && signal !== null && this.#unstarted < MAX_UNSTARTED) return this.#startAll()
      failure ??= startFailure({ message: `${this.#file} ended with ${signal ?? `code ${code}`}` })
      this.#failUnlessOthers(failure)
    })
    this.#all.add(child)
  }

  /** The system may have room for another one later, so a pool is made all the same. */
  #failToStart(error: Error): void {
    this.#onStarted()
    this.#failUnlessOthers(new Error(`its process could not be started (${error.message})`, { cause: error }))
  }

  /** What waits is left to the other processes where there are any. It is tried again with the next work: at once, it would fail again. */
  #failUnlessOthers(error: Error): void {
    if (this.#all.size > 0) return
    this.#onNotStarted(error)
    for (const { reject } of this.#queue.splice(0)) reject(error)
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) this.#give(this.#idle.shift()!, this.#queue.shift()!)
  }

  #give(child: ChildProcess, { work, resolve, reject }: Job): void {
    const onReply = (reply: WorkerReply) => {
      child.off('exit', onExit)
      child.channel?.unref()
      this.#idle.push(child)
      resolve(reply)
      this.#next()
    }
    const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
      child.off('message', onReply)
      reject(new Error(`its process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`))
    }
    child.channel?.ref()
    child.once('message', onReply).once('exit', onExit)
    child.send(work, (error) => {
      // the pipe is gone before its end was seen
      if (error !== null) child.kill('SIGKILL')
    })
  }
}
