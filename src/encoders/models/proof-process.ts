import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromErrorRecord } from '../../error-record.js'
import { ModelError, WorkerError } from '../../errors.js'
import { sizeOfFiles } from '../../files/size-of-files.js'
import type { CustomModel } from '../../onnx/custom-models.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import type { ModelDescription } from './model-description.js'
import type { ProofReply, ProofTask } from './proof-task.js'
import type { ModelProof } from './prove-model.js'

/** How long one task may take, and how much memory the process, for a model of no size and for each byte of it. */
export interface ProofLimits {
  readonly timeoutMs: number
  readonly timeoutMsPerByte: number
  readonly memoryBytes: number
  readonly memoryBytesPerByte: number
}

/** A slow disk reads 10 MB in a second; a session holds its weights, in another layout, and the numbers of one text. */
const DEFAULT_LIMITS: ProofLimits = {
  timeoutMs: 60_000,
  timeoutMsPerByte: 1 / 10_000,
  memoryBytes: 2 * 2 ** 30,
  memoryBytesPerByte: 4,
}

/**
 * A process in which the files of a model are read and run for the first time: what hangs in them, takes all memory or ends the process
 * in native code does so there. It ends when it is closed, and by itself when this process is gone.
 */
export class ProofProcess {
  readonly #limits: ProofLimits
  readonly #signal: AbortSignal | undefined
  #child: ChildProcess | undefined

  constructor({ signal, ...limits }: Partial<ProofLimits> & { readonly signal?: AbortSignal | undefined } = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#signal = signal
  }

  /** {@link describeModel}, there. @throws what it throws; ModelError `MODEL_UNUSABLE`; the signal's reason when aborted */
  async describe(path: string, folder: string, description: ModelDescription): Promise<ModelEntry> {
    const sizeBytes = await sizeOfFolder(path)
    return (await this.#run({ op: 'describe', path, folder, description, memoryBytes: 0 }, sizeBytes)) as ModelEntry
  }

  /** {@link proveModel}, there. @throws what it throws; ModelError `MODEL_UNUSABLE`; the signal's reason when aborted */
  async prove(model: CustomModel): Promise<ModelProof> {
    const sizeBytes = sizeOfFiles(model.entry.files)
    return (await this.#run({ op: 'prove', model, memoryBytes: 0 }, sizeBytes, 3 * sizeBytes)) as ModelProof
  }

  /** {@link calibrateModel}, there. @throws what it throws; ModelError `MODEL_UNUSABLE`; the signal's reason when aborted */
  async calibrate(model: CustomModel, texts: readonly string[]): Promise<void> {
    const sizeBytes = sizeOfFiles(model.entry.files)
    await this.#run({ op: 'calibrate', model, texts, memoryBytes: 0 }, sizeBytes, sizeBytes * texts.length)
  }

  /** Nothing may be under way. A second call does nothing. */
  async close(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await end(child)
  }

  /** @param workBytes that are gone through, where they are more than once those of the model */
  async #run(task: ProofTask, sizeBytes: number, workBytes = sizeBytes): Promise<ModelEntry | ModelProof | null> {
    this.#signal?.throwIfAborted()
    const limits = this.#limits
    const timeoutMs = limits.timeoutMs + workBytes * limits.timeoutMsPerByte
    const memoryBytes = limits.memoryBytes + sizeBytes * limits.memoryBytesPerByte
    this.#child ??= start()
    const child = this.#child
    const name = task.op === 'describe' ? task.description.name : task.model.entry.name
    const reply = await ask(child, { ...task, memoryBytes }, timeoutMs, this.#signal)
    if (typeof reply === 'string') {
      await this.close()
      this.#signal?.throwIfAborted()
      throw new ModelError(
        'MODEL_UNUSABLE',
        `${name} cannot be used: reading and trying its files in a process of its own ${reply}, with at most ${Math.ceil(timeoutMs / 1000)} s and ${(memoryBytes / 2 ** 30).toFixed(1)} GiB. Its files are damaged, or made to do that; or this machine is too busy or too small for it.`,
      )
    }
    if (!reply.ok) throw fromErrorRecord(reply.error)
    return reply.result
  }
}

/** @throws WorkerError `WORKER_FILE_MISSING`, `WORKER_FAILED` where the system starts no process */
function start(): ChildProcess {
  const folder = import.meta.url.endsWith('.ts') ? '../../../dist/workers' : '../../../workers'
  const file = fileURLToPath(new URL(`${folder}/prove.js`, import.meta.url))
  if (!existsSync(file)) {
    throw new WorkerError('WORKER_FILE_MISSING', `Expected the compiled worker at ${file}. Build first: npm run build.`)
  }
  try {
    const child = fork(file, [], {
      serialization: 'advanced',
      execArgv: [],
      // V8 prints a page when its heap is full; how it ended is told
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // a failure to start or to send is an end, too
    child.on('error', () => child.emit('exit', null, null))
    return child
  } catch (cause) {
    throw new WorkerError(
      'WORKER_FAILED',
      `The process in which a model is tried could not be started: ${(cause as Error).message}.`,
      { cause },
    )
  }
}

/** The reply, or in words what became of the process. */
function ask(
  child: ChildProcess,
  task: ProofTask,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ProofReply | string> {
  return new Promise((resolve) => {
    const settle = (outcome: ProofReply | string) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      child.off('message', settle).off('exit', onExit)
      resolve(outcome)
    }
    const onExit = (code: number | null, by: NodeJS.Signals | null) =>
      settle(by === null ? `failed (code ${code})` : `took too much memory or crashed (${by})`)
    const onAbort = () => settle('was stopped')
    const timer = setTimeout(() => settle('did not end'), timeoutMs)
    signal?.addEventListener('abort', onAbort)
    child.once('message', settle).once('exit', onExit)
    child.send(task, (error) => {
      if (error !== null) onExit(null, null)
    })
  })
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  // nothing of it is kept, and what hangs in native code heeds nothing else
  child.kill('SIGKILL')
  await ended
}

/** Bytes of a model's files: those of its folder and of the folders in it. */
async function sizeOfFolder(path: string, depth = 1): Promise<number> {
  let sizeBytes = 0
  for (const { name } of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const stats = await stat(join(path, name)).catch(() => null)
    if (stats?.isFile()) sizeBytes += stats.size
    else if (stats?.isDirectory() && depth > 0) sizeBytes += await sizeOfFolder(join(path, name), depth - 1)
  }
  return sizeBytes
}
