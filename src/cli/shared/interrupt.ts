import { TO_LINE_START } from './status-line.js'

/**
 * A signal that is aborted by Ctrl-C or SIGTERM, so that a command can save and stop.
 * The second one ends the process at once, by that same signal as if nobody had listened: a shell says 130 of Ctrl-C, and 143 of SIGTERM.
 * The system ends it, as by SIGKILL: leaving in the middle of a native run any other way would print an abort trace.
 */
export function interruptible(
  onFirst: (signal: NodeJS.Signals) => void,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      // a status line may stand there, with ^C behind it
      if (process.stderr.isTTY) process.stderr.write(process.env.TERM === 'dumb' ? '\n' : TO_LINE_START)
      process.removeAllListeners(name)
      process.kill(process.pid, name)
    }
    controller.abort(new Error('interrupted'))
    onFirst(name)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
