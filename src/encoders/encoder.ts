import { InputError, WorkerError } from '../errors.js'
import type { VectorKind } from '../onnx/manifest.js'
import {
  type DenseBatch,
  denseAt,
  type MultivectorBatch,
  multivectorAt,
  type SparseBatch,
  sparseAt,
  type Vector,
} from '../vectors.js'

/** Which side of a search a text is on; models may treat the two differently. */
export type Side = 'document' | 'query'

/**
 * What an encoder gives for `texts.length` texts, in their order. A field is present when the encoder makes that kind.
 * The arrays belong to the caller: an encoder keeps no reference to them.
 */
export interface EncodedBatch {
  /** float32 [texts, dimension] */
  readonly dense?: DenseBatch
  readonly sparse?: SparseBatch
  readonly late?: MultivectorBatch
  /** Model tokens of each text that were encoded, special tokens included; uint32 [texts]. */
  readonly tokens: Uint32Array
  /** Model tokens of each text that did not fit and were cut off; uint32 [texts]. */
  readonly cutTokens: Uint32Array
}

/** Vector i of a batch, a view without a copy: of a kind that the batch holds, or of its only one. */
export function vectorAt(batch: EncodedBatch, i: number, kind = onlyKind(batch)): Vector {
  if (kind === 'dense') return denseAt(batch.dense!, i)
  return kind === 'sparse' ? sparseAt(batch.sparse!, i) : multivectorAt(batch.late!, i)
}

function onlyKind({ dense, sparse }: EncodedBatch): VectorKind {
  if (dense !== undefined) return 'dense'
  return sparse === undefined ? 'late' : 'sparse'
}

/** How a call of an encoder is cancelled. */
export interface EncodeOptions {
  /** Cancels between two runs of the model. */
  readonly signal?: AbortSignal
  /** Asked between two runs; for threads, where no event arrives while they work. */
  readonly shouldStop?: () => boolean
}

/**
 * Text to vectors. The vectors of a text never depend on the texts beside it, on the size of the batch,
 * or on the number of threads. Every implementation passes test/encoders/encoder.contract.ts.
 */
export interface Encoder {
  /**
   * @throws InputError `INVALID_DOCUMENT` if a text is not a string
   * @throws WorkerError `CANCELLED` when it was told to stop
   */
  encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch>
  /** Frees native memory. Nothing may be in flight. A second call does nothing. */
  close(): Promise<void>
}

/** @throws InputError `INVALID_DOCUMENT` naming the first element that is not a string */
export function requireTexts(texts: readonly unknown[]): void {
  const index = texts.findIndex((text) => typeof text !== 'string')
  if (index < 0) return
  const found = texts[index] === null ? 'null' : typeof texts[index]
  throw new InputError('INVALID_DOCUMENT', `Text ${index}: expected a string, got ${found}.`)
}

/**
 * A text without tokens has nothing that a network could run on: its tokenizer puts no special tokens around a text, and the text is empty
 * or made of what it drops.
 * @param lengths tokens of each text
 * @throws InputError `INVALID_DOCUMENT` naming the first text without any
 */
export function requireTokens(lengths: readonly number[]): void {
  const index = lengths.indexOf(0)
  if (index < 0) return
  throw new InputError(
    'INVALID_DOCUMENT',
    `Text ${index}: expected at least one token, got none: it is empty for a model whose tokenizer adds no special tokens.`,
  )
}

/** @throws WorkerError `CANCELLED` */
export function throwIfStopped(options: EncodeOptions | undefined): void {
  if (options?.signal?.aborted === true || options?.shouldStop?.() === true) {
    throw new WorkerError('CANCELLED', 'Encoding was cancelled by the caller.', { cause: options.signal?.reason })
  }
}
