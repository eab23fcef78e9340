import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Work, WorkerReply } from './encode-task.js'
import type { RunnerOptions, TaskRunner } from './task-runner.js'
import { workerFile } from './worker-file.js'

/** How long a process may take to end once it was told. */
const END_TIMEOUT_MS = 10_000

interface Job {
  readonly work: Work
  readonly resolve: (reply: WorkerReply) => void
  readonly reject: (error: Error) => void
}

/**
 * Worker processes. Whatever ends one (a crash in native code, a full heap, the system's out-of-memory killer) ends that chunk alone.
 * Against threads they cost a copy of each chunk's vectors and some tens of megabytes each, and a chunk under way cannot be cancelled.
 */
export class ProcessRunner implements TaskRunner {
  readonly #file: string
  readonly #execArgv: readonly string[]
  readonly #idle: ChildProcess[] = []
  readonly #all = new Set<ChildProcess>()
  readonly #queue: Job[] = []

  constructor({ workers, heapBytes }: RunnerOptions) {
    this.#file = workerFile('encode-process')
    this.#execArgv = heapBytes === undefined ? [] : [`--max-old-space-size=${Math.floor(heapBytes / 2 ** 20)}`]
    for (let i = 0; i < workers; i++) this.#start()
  }

  get waiting(): number {
    return this.#queue.length
  }

  run(work: Work): Promise<WorkerReply> {
    return new Promise<WorkerReply>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#all].map(async (child) => {
        this.#all.delete(child)
        if (child.exitCode !== null || child.signalCode !== null) return
        const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
        const ended = once(child, 'exit')
        child.ref()
        child.disconnect()
        await ended
        clearTimeout(timer)
      }),
    )
  }

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
    // one that cannot be started or sent to ends, too, and is seen there
    child.on('error', () => {})
    child.once('exit', () => {
      if (!this.#all.delete(child)) return
      const at = this.#idle.indexOf(child)
      if (at >= 0) this.#idle.splice(at, 1)
      this.#start()
      this.#next()
    })
    this.#all.add(child)
    this.#idle.push(child)
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
