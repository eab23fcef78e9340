import type { DenseBatch, MultivectorBatch, SparseBatch } from '../vectors.js'

/** Which side of a search a text is on; models may treat the two differently. */
export type Side = 'document' | 'query'

/**
 * What an encoder gives for `texts.length` texts, in their order. A field is present when the encoder makes that kind.
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

/**
 * Text to vectors. The vectors of a text never depend on the texts beside it, on the size of the batch,
 * or on the number of threads. Every implementation passes test/encoders/encoder.contract.ts.
 */
export interface Encoder {
  /** @throws InputError `INVALID_DOCUMENT` if a text is not a string */
  encode(texts: readonly string[], side: Side): Promise<EncodedBatch>
  /** Frees native memory. Nothing may be in flight. A second call does nothing. */
  close(): Promise<void>
}
