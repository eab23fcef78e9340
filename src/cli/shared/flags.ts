import { type Command, InvalidArgumentError, Option } from 'commander'
import { MAX_POOL_FACTOR } from '../../encoders/late/token-pooling.js'
import { optionError } from '../../errors.js'
import { PRECISIONS } from '../../graph/precision.js'
import { parseExactJson } from '../../inputs/json/exact-json.js'
import { isObject } from '../../options.js'
import type { ChunkingOptions } from '../../pipeline/collection/chunking-plan.js'
import { DEFAULT_STORE } from '../../pipeline/collection/default-names.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import type { StoreLocation } from '../../stores/open-store.js'

/** Parser of an option that is an integer from `min` on, to `max` where there is one. */
export function integerFrom(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Expected an integer ${range}.`)
    return value
  }
}

/** The names of a list such as `a, b`. */
export function parseNames(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

/** Parser of a list of some of these names, which gives them in their own order. */
export function someOf<T extends string>(allowed: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = parseNames(text)
    if (names.every((name) => (allowed as readonly string[]).includes(name))) {
      return allowed.filter((name) => names.includes(name))
    }
    throw new InvalidArgumentError(`Expected some of ${allowed.join(',')}.`)
  }
}

/** Parser of `dense,bm25,late` or a part of it. */
export const parseMethods = someOf(METHODS)

/** Flags that say where the points are, see {@link addStoreOptions}. */
export interface StoreFlags {
  readonly store?: string
  readonly url?: string
  readonly apiKeyFile?: string
  readonly caFile?: string
}

/** How long a load waits for its server. */
export const GIVE_UP_AFTER = [
  '--give-up-after <minutes>',
  'on a server: how long to retry a request while the server is unreachable or busy',
  integerFrom(1),
  10,
] as const

/** Milliseconds of its minutes. */
export function giveUpAfterMs({ giveUpAfter }: { readonly giveUpAfter: number }): number {
  return giveUpAfter * 60_000
}

/** The options of every command that opens a store. */
export function addStoreOptions(command: Command): Command {
  return command
    .option('--store <dir>', 'embedded store (default .offgrid/store)')
    .option(
      '--url <url>',
      'Qdrant server in place of the embedded store (default QDRANT_URL; its key from QDRANT_API_KEY or a file)',
    )
    .option('--api-key-file <file>', "file that holds the server's API key alone (default QDRANT_API_KEY_FILE)")
    .option('--ca-file <file>', "PEM file of the private authority that signed the server's certificate")
}

/**
 * Where the store is: --url, else --store, else QDRANT_URL, else the default folder.
 * The key is never on the command line: it comes from --api-key-file, else QDRANT_API_KEY, else QDRANT_API_KEY_FILE.
 * @throws InputError `INVALID_OPTION` if both are given, or what only a server has and there is none
 */
export function storeLocation(flags: StoreFlags, env: NodeJS.ProcessEnv): StoreLocation {
  if (flags.store !== undefined && flags.url !== undefined) {
    throw optionError('Expected --store or --url, got both.')
  }
  const url = flags.url ?? (flags.store === undefined ? env.QDRANT_URL : undefined)
  const { apiKeyFile, caFile } = flags
  if (url === undefined || url === '') {
    if (apiKeyFile !== undefined || caFile !== undefined) {
      throw optionError('--api-key-file and --ca-file: expected a server beside them (--url or QDRANT_URL).')
    }
    return { kind: 'local', path: flags.store ?? DEFAULT_STORE }
  }
  return {
    kind: 'qdrant',
    url,
    ...(apiKeyFile === undefined ? environmentKey(env) : { apiKeyFile }),
    ...(caFile !== undefined && { caFile }),
  }
}

function environmentKey(env: NodeJS.ProcessEnv): { readonly apiKey?: string; readonly apiKeyFile?: string } {
  const { QDRANT_API_KEY: apiKey, QDRANT_API_KEY_FILE: apiKeyFile } = env
  if (apiKey) return { apiKey }
  return apiKeyFile ? { apiKeyFile } : {}
}

/** The option of commands that store late-interaction vectors of documents. */
export function poolFactorOption(): Option {
  return new Option(
    '--pool-factor <n>',
    'merge this many neighbouring token vectors of a document into one (default: 4 for the bundled model in English, except with --chunk none; else 1)',
  ).argParser(integerFrom(1, MAX_POOL_FACTOR))
}

/** What `--chunk` takes. */
export type ChunkFlag = 'auto' | 'none' | number

export interface ChunkFlags {
  readonly chunk?: ChunkFlag
  readonly overlap?: number
  /** False for `--no-documents`. */
  readonly documents: boolean
}

/** The options that say how documents are cut. @param fallback what is done without `--chunk`, as the help says it */
export function addChunkOptions(command: Command, fallback: string): Command {
  return command
    .addOption(
      new Option(
        '--chunk <how>',
        `cut long documents: auto cuts what the model does not take whole into chunks of 128 tokens with an overlap of 32; none cuts off what it does not take; a number cuts every document into chunks of at most so many tokens (default: ${fallback})`,
      ).argParser(parseChunkFlag),
    )
    .option('--overlap <tokens>', 'tokens that a chunk repeats of the one before (default: 0)', integerFrom(0))
    .option('--no-documents', 'keep chunks alone, without vectors of whole documents')
}

const FEWEST_CHUNK_TOKENS = 3

function parseChunkFlag(text: string): ChunkFlag {
  if (text === 'auto' || text === 'none') return text
  if (/^\d+$/.test(text) && Number(text) >= FEWEST_CHUNK_TOKENS && Number.isSafeInteger(Number(text)))
    return Number(text)
  throw new InvalidArgumentError(`Expected auto, none or an integer from ${FEWEST_CHUNK_TOKENS}.`)
}

/**
 * What --chunk, --overlap and --no-documents say.
 * @param model counts tokens where none of the vectors' models does
 * @throws InputError `INVALID_OPTION` for an overlap without chunks of a size
 */
export function parseChunking(
  { chunk, overlap, documents }: ChunkFlags & { readonly chunk: ChunkFlag },
  model: string,
): ChunkingOptions | undefined {
  if (overlap !== undefined && typeof chunk !== 'number') {
    throw optionError('--overlap: expected --chunk TOKENS beside it.')
  }
  return chunk === 'none' ? undefined : { maxTokens: chunk, overlapTokens: overlap, documents, model }
}

/** @throws InputError `INVALID_OPTION` if it is not a JSON object */
export function parseFilterFlag(text: string | undefined): object | undefined {
  if (text === undefined) return undefined
  try {
    const filter = parseExactJson(text)
    if (isObject(filter)) return filter
  } catch {}
  throw optionError(
    `--filter: expected a JSON object such as {"must":[{"key":"specialty","match":{"value":"ENT"}}]}, got ${text}`,
  )
}

/** Parser of a number above 0, or `fit`. */
export function parseAvgLen(text: string): number | 'fit' {
  const value = Number(text)
  if (text === 'fit') return text
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Expected a number above 0, or fit.')
  return value
}

export function precisionOption(models = 'the model'): Option {
  return new Option('--precision <kind>', `arithmetic of ${models}; bf16 on arm64 only`)
    .choices(PRECISIONS)
    .default('fp32')
}

/** `--prompts`: whether the words that a model was trained to see before a query or a document stand before it. */
export function promptsOption(): Option {
  return new Option('--prompts <which>', "put a model's own prompt before each text, or nothing")
    .choices(['model', 'none'])
    .default('model')
}
