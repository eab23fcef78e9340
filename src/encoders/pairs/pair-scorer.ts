import { InputError } from '../../errors.js'
import type { EncodeOptions } from '../encoder.js'

/** A query and a document. */
export type TextPair = readonly [query: string, document: string]

/** What a scorer gives for `pairs.length` pairs, in their order. The arrays belong to the caller. */
export interface ScoredPairs {
  /** float32 [pairs]; higher means more relevant. Raw logits: neither bounded nor comparable between models. */
  readonly scores: Float32Array
  /** Model tokens of each pair that were read, special tokens included; uint32 [pairs]. */
  readonly tokens: Uint32Array
  /** Model tokens of each pair that did not fit and were cut off; uint32 [pairs]. */
  readonly cutTokens: Uint32Array
}

/** Pairs of texts to relevance. A pair's score never depends on the pairs beside it or on the number of threads. */
export interface PairScorer {
  /**
   * @throws InputError `INVALID_DOCUMENT` if a pair is not two strings
   * @throws WorkerError `CANCELLED` when it was told to stop
   */
  score(pairs: readonly TextPair[], options?: EncodeOptions): Promise<ScoredPairs>
  /** Frees native memory. Nothing may be in flight. A second call does nothing. */
  close(): Promise<void>
}

/** @throws InputError `INVALID_DOCUMENT` naming the first element that is not a pair of strings; @param first index of the first */
export function requirePairs(pairs: readonly unknown[], first = 0): void {
  const index = pairs.findIndex(
    (pair) => !Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string' || typeof pair[1] !== 'string',
  )
  if (index < 0) return
  const pair = pairs[index]
  const found = Array.isArray(pair)
    ? `[${pair.map((text) => (text === null ? 'null' : typeof text)).join(', ')}]`
    : typeof pair
  throw new InputError(
    'INVALID_DOCUMENT',
    `Pair ${first + index}: expected [query, document], two strings, got ${found}.`,
  )
}
