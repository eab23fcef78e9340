import type { TextOutcome } from './text-outcome.js'

/** What an embedding did since it was created. */
export interface EmbeddingStats {
  /** Texts that got a vector. */
  readonly texts: number
  /** Tokens that were encoded, special tokens included. */
  readonly tokens: number
  /** Texts that were longer than the model takes and were cut. */
  readonly truncated: number
  /** Tokens that were cut off. */
  readonly cutTokens: number
  /** Texts without a vector. */
  readonly failed: number
}

/** Counts outcomes, and warns of the first text that was cut. */
export class EmbeddingCounts {
  #texts = 0
  #tokens = 0
  #truncated = 0
  #cutTokens = 0
  #failed = 0
  #hasWarned = false

  add(outcome: TextOutcome): void {
    if (outcome.error !== undefined) {
      this.#failed += 1
      return
    }
    const cut = outcome.batch.cutTokens[outcome.at]!
    this.#texts += 1
    this.#tokens += outcome.batch.tokens[outcome.at]!
    this.#truncated += cut > 0 ? 1 : 0
    this.#cutTokens += cut
  }

  /** One process warning for the first text that was cut: Node's own channel, which an application can hear, redirect or switch off. */
  warnOfCut(model: string): void {
    if (this.#truncated === 0 || this.#hasWarned) return
    this.#hasWarned = true
    process.emitWarning(
      `${model} cut a text: ${this.#cutTokens} tokens of it have no part in its vector. Further ones are counted in stats only.`,
      { type: 'OffgridWarning', code: 'OFFGRID_TEXT_CUT' },
    )
  }

  snapshot(): EmbeddingStats {
    return {
      texts: this.#texts,
      tokens: this.#tokens,
      truncated: this.#truncated,
      cutTokens: this.#cutTokens,
      failed: this.#failed,
    }
  }
}
