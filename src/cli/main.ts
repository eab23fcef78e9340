#!/usr/bin/env node
/**
 * Looks at the version of Node before anything is imported: an older one would end with a SyntaxError about something in the middle of a
 * package. So nothing here is newer than Node 12, and nothing is imported above.
 */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/**
 * @param message what was expected, what came, and what to do
 * @param result what the command's own answer says of it
 */
function refuse(code: string, message: string, result: object = {}): void {
  process.stderr.write(`offgrid: ${message} [${code}]\n`)
  const answer = Object.assign({}, result, { error: { code, message } })
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** "doctor" answers in its own form also where it cannot be loaded: the one line that matters. */
function refuseOldNode(): void {
  const found = process.versions.node
  const advice = 'Install Node 20.19 or newer: https://nodejs.org'
  const isDoctor = process.argv[2] === 'doctor'
  const detail = `${found} on ${process.platform} ${process.arch}, which is too old`
  if (isDoctor && !process.argv.includes('--json')) {
    process.stdout.write(`FAILED  node         ${detail}\n${' '.repeat(21)}${advice}\n`)
  }
  const checks = [{ name: 'node', ok: false, status: 'fail', detail, advice }]
  const message = `Expected Node 20.19 or newer, got ${found}. ${advice}`
  refuse('NODE_TOO_OLD', message, isDoctor ? { ok: false, checks } : {})
}

const INTERRUPTED = 130
const GRACE_MS = 500

/**
 * Ends an interrupted process that still waits for a pipe which nobody writes to: nothing but a signal gets a thread out of that. All is
 * saved by now. A shell reports it as 130, as it reports an interrupted command that ends by itself.
 */
function endWaiting(): void {
  process.removeAllListeners('SIGINT')
  process.kill(process.pid, 'SIGINT')
}

// Until there is a result: a command that is never done does not look like one that is.
process.exitCode = 1
if (major < 20 || (major === 20 && minor < 19)) {
  refuseOldNode()
} else {
  import('./command-line.js')
    .then((program) => program.loadCommandLine(process.argv.slice(2)))
    .then(
      (run) =>
        run().then((exitCode) => {
          // The process is left to end by itself: process.exit() would cut off what is still being written.
          process.exitCode = exitCode
          if (exitCode === INTERRUPTED) setTimeout(endWaiting, GRACE_MS).unref()
        }),
      (error: Error) => {
        refuse(
          'PROGRAM_BROKEN',
          `The program cannot be loaded: ${error.message.split('\n')[0]}. Install offgrid again.`,
        )
      },
    )
}

export {}
