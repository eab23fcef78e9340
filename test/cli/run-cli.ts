import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface CliResult {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  readonly stdin?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  /** Sees stderr as it comes; may send signals to the process. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** The compiled command line. */
export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** Runs the compiled command line as a user would, without what the environment says of a server. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { QDRANT_URL: _url, QDRANT_API_KEY: _key, QDRANT_API_KEY_FILE: _file, ...env } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env: { ...env, ...options.env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
    options.onStderr?.(stderr, (signal) => child.kill(signal))
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, stdout, stderr }
}
