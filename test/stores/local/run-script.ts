import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export interface Script {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  /** The next line of stdout, or null at its end. */
  nextLine(): Promise<string | null>
  /** Ends the process with SIGKILL and waits until it is gone. @returns the lines that were not read yet */
  kill(): Promise<string[]>
}

/**
 * Runs a script in a process of its own.
 * @param within a command, with its arguments, that runs the one after them
 */
export function runScript(path: string, args: readonly string[], within: readonly string[] = []): Script {
  const [command, ...rest] = [...within, process.execPath, path, ...args]
  const child = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  // the pipe of a process that was killed breaks, as it should
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { done, value } = await lines.next()
    return done ? null : value
  }
  return {
    child,
    nextLine,
    async kill() {
      child.kill('SIGKILL')
      await ended
      const rest: string[] = []
      for (let line = await nextLine(); line !== null; line = await nextLine()) rest.push(line)
      return rest
    },
  }
}
