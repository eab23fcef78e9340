/**
 * A signal that is aborted by Ctrl-C or SIGTERM, so that a command can save and stop.
 * The second Ctrl-C ends the process at once, by SIGKILL: leaving in the middle of a native run any other way would print an abort trace.
 */
export function interruptible(onFirst: (signal: NodeJS.Signals) => void): {
  readonly signal: AbortSignal
  dispose(): void
} {
  const controller = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.kill(process.pid, 'SIGKILL')
    controller.abort(new Error('interrupted'))
    onFirst(signal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
