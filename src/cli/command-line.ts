import { Command, CommanderError } from 'commander'
import { toErrorRecord } from '../error-record.js'
import { InputError, OffgridError, StoreError } from '../errors.js'
import { packageVersion } from '../onnx/models-folders.js'
import { COMMANDS } from './command-list.js'
import { COMMAND_EXAMPLES, exampleText } from './shared/command-examples.js'
import { EXIT_CODE } from './shared/exit-code.js'
import { HELP_FORMAT } from './shared/help-format.js'
import { withNextStep } from './shared/next-step.js'
import { groupOptions } from './shared/option-groups.js'
import { addOutputOptions } from './shared/output-options.js'
import { printable } from './shared/printable.js'
import { systemError } from './shared/system-error.js'
import { Terminal } from './shared/terminal.js'

const EXIT_CODES = `
Begin with:
  offgrid ingest docs.jsonl                   read, embed and store documents
  offgrid search what attacks the cartilage   ask
  offgrid COMMAND --help                      options and examples of a command

Exit codes: 0 done; 1 failed; 2 wrong usage or input; 3 done, but some documents
were rejected; 4 worse than the --baseline of eval; 130 interrupted, what was
done is saved.
Every command takes --json (one JSON object on stdout, nothing else there),
--quiet and --help; progress and notes go to stderr.`

/** Loads the command that a user typed, and no other. @returns what does it, and says the exit code */
export async function loadCommandLine(argv: readonly string[]): Promise<() => Promise<number>> {
  const program = new Command('offgrid')
    .description(
      'Embeds texts on this machine and stores them in Qdrant or in an embedded store: dense, BM25 and late interaction.',
    )
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(printable(text)),
      outputError: (text) => writeError(`${usageError(text, argv)} [WRONG_USAGE]`),
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
      failure('WRONG_USAGE', usageError(error.message, argv))
      return EXIT_CODE.wrongUsage
    }
    report(error)
    const { code, message } = toErrorRecord(error)
    failure(code, withNextStep(code, message))
    return isWrongInput(error) ? EXIT_CODE.wrongUsage : EXIT_CODE.failed
  }
}

/** The command that speaks of all others. */
const COMPLETING = 'completion'

/** Options under headings, and examples below them. */
function completeHelp(command: Command, path = command.name()): void {
  groupOptions(command)
  command.addHelpText('after', exampleText(path))
  for (const inner of command.commands) completeHelp(inner, `${path} ${inner.name()}`)
}

/** The first word that is a command's name: help, -- or an option may stand before it. */
function typedCommand(argv: readonly string[]): string | undefined {
  return argv.find((word) => COMMANDS.some(({ name }) => name === word))
}

/** Adds all commands by their names, and of the one that was typed what it is made of: the others are not loaded. */
async function addCommands(
  program: Command,
  argv: readonly string[],
  setExitCode: (code: number) => void,
): Promise<void> {
  const typed = typedCommand(argv)
  for (const { name, summary, argument, isGroup = false, load } of COMMANDS) {
    const command = program.command(name).description(summary)
    if (argument !== undefined) command.argument(...argument)
    const isLoaded = name === typed || typed === COMPLETING
    if (isLoaded) (await load())(command, setExitCode)
    if (isLoaded || !isGroup) addOutputOptions(command)
    if (isLoaded) completeHelp(command)
  }
}

/** What commander says of wrong usage, as one line that ends with what to type instead. */
function usageError(text: string, argv: readonly string[]): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
  if (/Did you mean|Allowed choices|invalid\. Expected/.test(message)) return message
  const name = typedCommand(argv)
  const words = name === undefined ? [] : argv.slice(argv.indexOf(name), argv.indexOf(name) + 2)
  const example = (COMMAND_EXAMPLES[words.join(' ')] ?? COMMAND_EXAMPLES[words[0] ?? ''])?.[0]
  const page = ['offgrid', ...(name === undefined ? [] : [name]), '--help'].join(' ')
  return `${message.replace(/\.$/, '')}. ${example === undefined || /^unknown|^too many/.test(message) ? `See: ${page}` : `Such as: ${example.line}`}`
}

/** A filter or a name that the store does not take is the caller's, too. */
function isWrongInput(error: unknown): boolean {
  return error instanceof InputError || (error instanceof StoreError && error.code === 'REQUEST_REFUSED')
}

function report(error: unknown): void {
  writeError(
    error instanceof OffgridError
      ? `${withNextStep(error.code, error.message)} [${error.code}]`
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
