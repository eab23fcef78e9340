import { spawn } from 'node:child_process'
import { throwIfStopped } from '../encoders/encoder.js'
import { WorkerError } from '../errors.js'

/** A program with its arguments; `env` is added to that of this process. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A process that prints nothing for this long has hung. */
const TIMEOUT_MS = 3_600_000
/** So much of the end of stderr is kept. */
const KEPT_STDERR = 2_000

/**
 * Runs a program to its end and gives what it wrote to stdout.
 * @throws WorkerError `PROCESS_FAILED` with the error it ended with; `CANCELLED` once `signal` is aborted, the process killed
 */
export async function runProcess({ file, args, cwd, env }: Command, signal?: AbortSignal): Promise<string> {
  throwIfStopped(signal && { signal })
  const child = spawn(file, args, {
    cwd,
    // ONNX Runtime 1.30 gathers usage data for its maker unless told not to, in our processes as in the peers'
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  // SIGKILL: any other way out of a native run prints an abort trace
  const kill = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR)
  })
  try {
    const end = await new Promise<string | number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, killedBy) => resolve(code ?? killedBy ?? 'no exit code'))
    })
    if (end === 0) return stdout
    throwIfStopped(signal && { signal })
    throw new WorkerError('PROCESS_FAILED', `${file} ended with ${end}: ${reasonIn(stderr)}`)
  } catch (cause) {
    if (cause instanceof WorkerError) throw cause
    throw new WorkerError('PROCESS_FAILED', `${file} cannot be run: ${(cause as Error).message}`, { cause })
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

/** The error that Node or Python ended with, without the trace around it; else all of it. */
function reasonIn(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => /^[\w.]*Error\b.*: /.test(line))
  return errors.at(-1) ?? (stderr.trim() || 'it wrote nothing to stderr')
}

/**
 * Runs a program whose last line on stdout is a JSON object.
 * @throws WorkerError `PROCESS_FAILED`, `CANCELLED`
 */
export async function runForJson<T>(command: Command, signal?: AbortSignal): Promise<T> {
  const line = (await runProcess(command, signal)).trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as T
  } catch (cause) {
    const got = line.slice(0, 200)
    throw new WorkerError('PROCESS_FAILED', `${command.file}: expected a line of JSON, got "${got}".`, { cause })
  }
}
