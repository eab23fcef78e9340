import type { NetworkEncoderOptions } from '../encoders/network/network-encoder-options.js'
import { optionError } from '../errors.js'
import { PRECISIONS } from '../graph/precision.js'
import { invalidOption, rejectUnknownOptions, requireChoice, requireCount, requireString } from '../options.js'
import { EncoderPool } from '../pool/encoder-pool.js'

/** What happens to a text that is longer than the model takes. */
export type Truncation = 'cut' | 'warn' | 'error' | 'chunk'

/** What every class of embeddings can be told. */
export interface EmbeddingOptions extends Omit<NetworkEncoderOptions, 'threads'> {
  /** Name of the model; upper and lower case count as equal. */
  readonly model?: string
  /** Worker threads, 1 … 512; not together with `pool`. @default the usable cores */
  readonly workers?: number
  /**
   * What happens to a text of more tokens. `cut`: its end is left out and counted in `stats`. `warn`: the same, and the first time
   * `process.emitWarning` says so. `error`: it is a bad text, see `onError`. `chunk`: it is encoded in windows of whole sentences;
   * a dense vector is the mean of theirs, weighted by tokens and normalized again, a late-interaction one has the rows of all.
   * @default 'cut'
   */
  readonly truncation?: Truncation
  /** Opens the model at the first text in place of in `create`, which then finds no fault with files and limits. @default false */
  readonly lazyLoad?: boolean
  /** A pool to share with other encoders; `close()` leaves it open. @default a pool of its own */
  readonly pool?: EncoderPool
}

/** Names of the options that every class of embeddings has. */
export const EMBEDDING_OPTION_NAMES: readonly (keyof EmbeddingOptions)[] = [
  'model',
  'precision',
  'workers',
  'maxTokens',
  'truncation',
  'lazyLoad',
  'modelsFolder',
  'pool',
]

/**
 * Checks what can be checked without the model.
 * @param own names of the options that only this class has
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function checkEmbeddingOptions(options: EmbeddingOptions, own: readonly string[], where: string): void {
  rejectUnknownOptions(options, [...EMBEDDING_OPTION_NAMES, ...own], where)
  const { model, precision, maxTokens, truncation, lazyLoad, modelsFolder, pool } = options
  requireString(where, 'model', model)
  requireString(where, 'modelsFolder', modelsFolder)
  requireChoice(where, 'precision', precision, PRECISIONS)
  requireChoice(where, 'truncation', truncation, ['cut', 'warn', 'error', 'chunk'])
  requireChoice(where, 'lazyLoad', lazyLoad, [true, false])
  requireCount(where, 'maxTokens', maxTokens)
  if (pool !== undefined && !(pool instanceof EncoderPool)) {
    throw invalidOption(where, 'pool', 'an EncoderPool (await EncoderPool.create())', pool)
  }
  if (pool !== undefined && options.workers !== undefined) {
    throw optionError(`${where}: expected workers or pool, got both.`)
  }
}

/** @throws InputError `INVALID_OPTION` unless the value is a signal or left out */
export function requireSignal(where: string, signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return
  throw invalidOption(where, 'signal', 'an AbortSignal', signal)
}
