import { Worker, type WorkerOptions } from 'node:worker_threads'
import { WorkerError } from './errors.js'

/** How Node says that a file is not there; the code is lost where an error is copied to another thread. */
const MISSING = /^Cannot find (module|package) /
/** A JavaScript file and a line in an error's stack. */
const PLACE = /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^\s():]*\.[cm]?[jt]s):\d+/

/** What an error says of itself; one that crossed from another thread or process may be a plain object. */
export interface StartError {
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/**
 * The error of a worker that ended before it could do anything: `WORKER_FILE_MISSING` where a file of it is not there, else `WORKER_START_FAILED`.
 * It names the file.
 */
export function startFailure(cause: StartError): WorkerError {
  const { message, code, stack } = cause
  const file = PLACE.exec(stack ?? '')?.[1]
  const where = file === undefined || message.includes(file) ? '' : ` (${file})`
  return new WorkerError(
    MISSING.test(message) ? 'WORKER_FILE_MISSING' : 'WORKER_START_FAILED',
    `Expected a worker to start, got: ${oneLine(message)}${where}. ${whatToDo(code)}`,
    { cause },
  )
}

/**
 * Starts a thread; one that cannot be loaded says so by its event `error`.
 * @throws WorkerError `WORKER_START_FAILED` where this process may start no thread
 */
export function startThread(file: string, options: WorkerOptions): Worker {
  try {
    return new Worker(file, options)
  } catch (error) {
    throw startFailure(error as Error)
  }
}

function whatToDo(code: string | undefined): string {
  if (code === 'ERR_ACCESS_DENIED') {
    return 'Node runs with --permission: it needs --allow-worker, or with isolated workers --allow-child-process, and --allow-addons.'
  }
  return 'Install the package again, or build it: npm run build. If the program was bundled, leave offgrid out of the bundle (docs/bundlers.md).'
}

/** Node adds the stack of modules that required a missing one. */
function oneLine(message: string): string {
  return message.split('\n', 1)[0]!.replace(/\.$/, '')
}
