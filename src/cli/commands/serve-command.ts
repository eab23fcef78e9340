import { once } from 'node:events'
import { type Command, InvalidArgumentError } from 'commander'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { InputError, OffgridError, optionError } from '../../errors.js'
import type { Precision } from '../../graph/precision.js'
import { isLoopback } from '../../is-loopback.js'
import { given } from '../../options.js'
import { SAFE_TOKEN_LENGTH } from '../../serve/http/access.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, integerFrom, precisionOption, type StoreFlags, storeLocation } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

interface ServeFlags extends CommonFlags, StoreFlags {
  readonly host: string
  readonly port: number
  readonly qdrantPort?: number
  readonly tokenEnv?: string
  readonly withoutToken?: boolean
  readonly allowHost: string[]
  readonly allowOrigin: string[]
  readonly alias: Readonly<Record<string, string>>
  readonly mcp?: boolean
  readonly preload: string[]
  readonly precision: Precision
  readonly workers?: number
  readonly isolate?: boolean
}

const HIGHEST_PORT = 65_535

export function addServe(command: Command, setExitCode: (code: number) => void): void {
  addStoreOptions(command)
    .option('--host <address>', 'address to listen on; one that other machines reach needs a token', '127.0.0.1')
    .option('--port <n>', 'port to listen on, 0 for any that is free', integerFrom(0, HIGHEST_PORT), 6380)
    .option(
      '--qdrant-port <n>',
      'port on which the store answers as a Qdrant server (REST), usually 6333; it is then this process that writes to it',
      integerFrom(0, HIGHEST_PORT),
    )
    .option('--token-env <name>', 'environment variable with the token that callers must send')
    .option('--without-token', 'answer everybody who can reach --host, without a token')
    .option('--allow-host <names...>', 'names to accept in the Host header, besides those of this machine', [])
    .option(
      '--allow-origin <origins...>',
      'origins of web pages and apps that may ask from a browser, such as app://obsidian.md (default: none)',
      [],
    )
    .option('--alias <name=model>', 'a further name of a model; may be given several times', parseAlias, {})
    .option('--mcp', 'let agents search and read that store by the Model Context Protocol, at /mcp')
    .option('--preload <models...>', 'models to open at start; others are opened when they are first used', [
      DEFAULT_MODELS.dense,
      DEFAULT_MODELS.bm25,
    ])
    .addOption(precisionOption('the models'))
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--isolate', 'run workers as processes: a crash fails one batch, and not the service')
    .addHelpText('after', '\nWith --json, the object is printed once it listens.')
    .action(async (flags: ServeFlags) => setExitCode(await runServe(flags)))
}

async function runServe(flags: ServeFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const token = flags.tokenEnv === undefined ? undefined : readToken(flags.tokenEnv, process.env)
  const { host, port, precision, preload, workers } = flags
  // a store that is served as a server is, is never the server of the environment
  const location = storeLocation(flags, flags.qdrantPort === undefined ? process.env : {})
  if (flags.qdrantPort !== undefined && location.kind !== 'local') {
    const expected = 'expected a store in a folder (--store), which it serves as a server would'
    throw optionError(`--qdrant-port: ${expected}; got --url ${location.url}.`)
  }
  const store = location.kind === 'local' ? location.path : location.url
  const { InferenceServer } = await import('../../serve/inference-server.js')
  const started = performance.now()
  const signals: NodeJS.Signals[] = []
  using interrupt = interruptible((signal) => {
    signals.push(signal)
    terminal.note('stopping: finishing the requests under way; press Ctrl-C again to end at once')
  })
  await using server = await InferenceServer.listen({
    ...{ host, port, store: location, precision, preload, models: DEFAULT_MODELS },
    ...{ allowedHosts: flags.allowHost, allowedOrigins: flags.allowOrigin, aliases: flags.alias },
    ...{ withoutToken: flags.withoutToken === true, mcp: flags.mcp === true },
    ...(flags.isolate === true && { isolation: 'processes' as const }),
    ...given({ workers, qdrantPort: flags.qdrantPort, token }),
    onError: (error) => terminal.warn(`offgrid: a request failed: ${describeError(error)}`),
    onWorkerDeath: (reason, texts) => terminal.warn(`offgrid: a worker ended with ${texts} texts: ${reason}`),
  })
  if (token !== undefined && token.length < SAFE_TOKEN_LENGTH) {
    terminal.warn(
      `WARNING: the token has ${token.length} characters, and one of fewer than ${SAFE_TOKEN_LENGTH} can be found by trying: make one with openssl rand -hex 32`,
    )
  }
  if (token === undefined && !isLoopback(host)) {
    terminal.warn(`WARNING: everybody who reaches ${server.url} may ask, without a token`)
  }
  const { url, qdrantUrl } = server
  const listens = { url, ...(qdrantUrl !== null && { qdrantUrl }), pid: process.pid }
  if (flags.json === true) terminal.result({ ...listens, store, precision, preload }, '')
  terminal.note(`offgrid listens on ${server.url} (Qdrant: QDRANT__INFERENCE__ADDRESS=${server.url}/infer)`)
  if (qdrantUrl !== null) terminal.note(`Qdrant's clients find the store at ${qdrantUrl}`)
  const stopped = once(interrupt.signal, 'abort')
  if (!interrupt.signal.aborted) await Promise.race([server.ready, stopped])
  if (!interrupt.signal.aborted) {
    terminal.note(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s: ${preload.join(', ')}`)
    await stopped
  }
  await server.close()
  return signals[0] === 'SIGINT' ? EXIT_CODE.interrupted : EXIT_CODE.done
}

/** `NAME=MODEL`, and those before it. */
function parseAlias(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
  throw new InvalidArgumentError('Expected NAME=MODEL, such as text-embedding-3-small=all-MiniLM-L6-v2.')
}

/** @throws InputError `TOKEN_MISSING` if the variable is not set: a service that was to have a token must not start without */
function readToken(name: string, env: NodeJS.ProcessEnv): string {
  const token = env[name]
  if (token) return token
  throw new InputError(
    'TOKEN_MISSING',
    `--token-env: expected a token in the environment variable ${name}, found none.`,
  )
}

function describeError(error: unknown): string {
  if (error instanceof OffgridError) return `${error.message} [${error.code}]`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
