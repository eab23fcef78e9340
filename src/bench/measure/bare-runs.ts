import { planRuns } from '../../encoders/network/transformer-runs.js'
import { cutPieces, TRANSFORMER_PIECE } from '../../pool/cut-pieces.js'
import type { WordPieceTokenizer } from '../../tokenizers/wordpiece.js'

/** Runs of the model that the pipeline makes of a list of texts, tokenized, in memory that threads share. */
export interface BareRuns {
  /** Token ids of all runs, one after another. */
  readonly inputIds: Int32Array
  /** For each run: where its ids begin, its texts, its tokens per text. */
  readonly runs: Int32Array
  /** For each piece, its first run; one more entry for the end. */
  readonly pieces: Int32Array
  readonly tokens: number
}

/** Numbers that describe a run. */
export const RUN_FIELDS = 3

/** The same pieces, and in them the same runs in the same order, as the pool and the transformer make of these texts. */
export function planBareRuns(texts: readonly string[], tokenizer: WordPieceTokenizer, maxTokens: number): BareRuns {
  const ids: Int32Array[] = []
  const runs: number[] = []
  const pieces: number[] = [0]
  let tokens = 0
  for (const piece of cutPieces(texts, (text) => text, TRANSFORMER_PIECE)) {
    const tokenized = [...new Set(piece)].map((text) => tokenizer.encode(text, maxTokens).inputIds)
    for (const run of planRuns(tokenized.map((inputIds) => inputIds.length))) {
      const length = tokenized[run[0]!]!.length
      runs.push(tokens, run.length, length)
      for (const i of run) ids.push(tokenized[i]!)
      tokens += run.length * length
    }
    pieces.push(runs.length / RUN_FIELDS)
  }
  const inputIds = shared(tokens)
  let at = 0
  for (const part of ids) {
    inputIds.set(part, at)
    at += part.length
  }
  return { inputIds, runs: sharedFrom(runs), pieces: sharedFrom(pieces), tokens }
}

function shared(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4))
}

function sharedFrom(values: readonly number[]): Int32Array {
  const array = shared(values.length)
  array.set(values)
  return array
}
