import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { toErrorRecord } from '../error-record.js'
import { InputError, OffgridError, StoreError } from '../errors.js'
import { COMMANDS } from './command-list.js'
import { EXIT_CODE } from './shared/exit-code.js'
import { HELP_FORMAT } from './shared/help-format.js'
import { addOutputOptions } from './shared/output-options.js'
import { printable } from './shared/printable.js'
import { systemError } from './shared/system-error.js'
import { Terminal } from './shared/terminal.js'

const EXIT_CODES = `
Exit codes: 0 done; 1 failed; 2 wrong usage or input; 3 done, but some documents were rejected; 130 interrupted, what was done is saved.
Every command takes --json (one JSON object on stdout, nothing else there), --quiet and --help; progress and notes go to stderr.`

function version(): string {
  // package.json stands beside dist/
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Loads the command that a user typed, and no other. @returns what does it, and says the exit code */
export async function loadCommandLine(argv: readonly string[]): Promise<() => Promise<number>> {
  const program = new Command('offgrid')
    .description(
      'Embeds texts on this machine and stores them in Qdrant or in an embedded store: dense, BM25 and late interaction.',
    )
    .version(version())
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(printable(text)),
      outputError: (text) => writeError(`${usageError(text)} [WRONG_USAGE]`),
    })
    .configureHelp(HELP_FORMAT)
  let exitCode: number = EXIT_CODE.done
  const setExitCode = (code: number) => {
    exitCode = code
  }
  await addCommands(program, argv, setExitCode)
  return () => runCommand(program, argv, () => exitCode)
}

async function runCommand(program: Command, argv: readonly string[], exitCodeOf: () => number): Promise<number> {
  const failure = (code: string, message: string) => {
    if (argv.includes('--json')) Terminal.failure(code, message)
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    const exitCode = exitCodeOf()
    if (exitCode === EXIT_CODE.interrupted) failure('INTERRUPTED', 'Interrupted before there was a result.')
    return exitCode
  } catch (thrown) {
    const error = systemError(thrown)
    if (error instanceof OffgridError && error.code === 'OUTPUT_CLOSED') return EXIT_CODE.done
    if (error instanceof CommanderError) {
      // commander takes the exit code of a command that has not ended yet for one of its own
      const isHelp = error.code === 'commander.help' && argv[0] === 'help'
      if (error.exitCode === 0 || isHelp) return EXIT_CODE.done
      // commander has written it to stderr
      failure('WRONG_USAGE', usageError(error.message))
      return EXIT_CODE.wrongUsage
    }
    report(error)
    const { code, message } = toErrorRecord(error)
    failure(code, message)
    return isWrongInput(error) ? EXIT_CODE.wrongUsage : EXIT_CODE.failed
  }
}

/** Adds all commands by their names, and of the one that was typed what it is made of: the others are not loaded. */
async function addCommands(
  program: Command,
  argv: readonly string[],
  setExitCode: (code: number) => void,
): Promise<void> {
  // the first word that is a command's name: help, -- or an option may stand before it
  const typed = argv.find((word) => COMMANDS.some(({ name }) => name === word))
  for (const { name, summary, argument, isGroup = false, load } of COMMANDS) {
    const command = program.command(name).description(summary)
    if (argument !== undefined) command.argument(...argument)
    if (name === typed) (await load())(command, setExitCode)
    if (name === typed || !isGroup) addOutputOptions(command)
  }
}

/** What commander says of wrong usage, as one line. */
function usageError(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
}

/** A filter or a name that the store does not take is the caller's, too. */
function isWrongInput(error: unknown): boolean {
  return error instanceof InputError || (error instanceof StoreError && error.code === 'REQUEST_REFUSED')
}

function report(error: unknown): void {
  writeError(
    error instanceof OffgridError
      ? `${error.message} [${error.code}]`
      : `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
}

function writeError(message: string): void {
  const [first = '', ...more] = message.split('\n')
  const terminal = new Terminal({})
  terminal.warn([{ text: 'offgrid:', as: 'bad' }, ` ${first}`])
  if (more.length > 0) terminal.warn(more.join('\n'))
}

// A reader that went away (| head) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`offgrid: cannot write to stdout: ${error.message} [OUTPUT_FAILED]\n`)
  process.exitCode = EXIT_CODE.failed
})
