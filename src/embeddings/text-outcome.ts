import type { EncodedBatch } from '../encoders/encoder.js'
import type { OffgridError } from '../errors.js'

/** A text that was encoded: text `at` of `batch`. */
export interface EncodedText {
  /** Place of the text in the input, from 0. */
  readonly index: number
  readonly batch: EncodedBatch
  readonly at: number
  readonly error?: undefined
}

/** A text that could not be embedded, and why. */
export interface FailedText {
  /** Place of the text in the input, from 0. */
  readonly index: number
  readonly error: OffgridError
}

export type TextOutcome = EncodedText | FailedText
