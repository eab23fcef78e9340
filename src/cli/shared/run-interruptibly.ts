import { interruptible } from './interrupt.js'
import type { Progress, Terminal } from './terminal.js'

/**
 * Does what takes long, with a line that says how far it is.
 * @returns what `work` gives, or null where it was interrupted
 */
export async function runInterruptibly<T>(
  terminal: Terminal,
  title: string,
  work: (signal: AbortSignal, bar: Progress) => Promise<T>,
): Promise<T | null> {
  using interrupt = interruptible(() => terminal.note('stopping'))
  using bar = terminal.progress(title)
  try {
    return await work(interrupt.signal, bar)
  } catch (error) {
    if (interrupt.signal.aborted) return null
    throw error
  }
}
