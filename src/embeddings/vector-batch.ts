import { invalidOption } from '../options.js'
import type { EncodedText, FailedText, TextOutcome } from './text-outcome.js'

/**
 * The vectors of a batch of texts in flat typed arrays. `JSON.stringify` writes what `toArray()` gives.
 * Vector i belongs to text `texts[i]` of the input: where texts were left out, the two differ.
 */
export abstract class VectorBatch<V, J> implements Iterable<V> {
  /** How many vectors there are. */
  readonly length: number
  /** Place of each vector's text in the input, from 0, ascending; uint32 [length]. */
  readonly texts: Uint32Array
  /** Tokens of each text that were encoded, special tokens included; uint32 [length]. */
  readonly tokens: Uint32Array
  /** Tokens of each text that did not fit and were cut off; uint32 [length]. */
  readonly cutTokens: Uint32Array
  /** Texts without a vector, under `onError: 'skip'` and `'collect'`. */
  readonly errors: readonly FailedText[]

  protected constructor(encoded: readonly EncodedText[], errors: readonly FailedText[]) {
    this.length = encoded.length
    this.texts = Uint32Array.from(encoded, ({ index }) => index)
    this.tokens = Uint32Array.from(encoded, ({ batch, at }) => batch.tokens[at]!)
    this.cutTokens = Uint32Array.from(encoded, ({ batch, at }) => batch.cutTokens[at]!)
    this.errors = errors
  }

  /**
   * Vector i, from 0 to `length` − 1: a view without a copy.
   * @throws InputError `INVALID_OPTION`
   */
  at(i: number): V {
    if (Number.isSafeInteger(i) && i >= 0 && i < this.length) return this.vectorAt(i)
    throw invalidOption(`${this.constructor.name}.at`, 'i', `a whole number from 0 on and below ${this.length}`, i)
  }

  /** Vector i, which there is. */
  protected abstract vectorAt(i: number): V

  /** Plain arrays, as JSON and Qdrant's requests have them. */
  abstract toArray(): J[]

  /** What `JSON.stringify` writes: {@link toArray}. */
  toJSON(): J[] {
    return this.toArray()
  }

  /** The vectors in order, each a view without a copy. */
  *[Symbol.iterator](): Generator<V> {
    for (let i = 0; i < this.length; i++) yield this.vectorAt(i)
  }
}

/** The encoded texts and the failed ones, each in their order. */
export function separate(outcomes: readonly TextOutcome[]): { encoded: EncodedText[]; errors: FailedText[] } {
  const encoded: EncodedText[] = []
  const errors: FailedText[] = []
  for (const outcome of outcomes) {
    if (outcome.error === undefined) encoded.push(outcome)
    else errors.push(outcome)
  }
  return { encoded, errors }
}
