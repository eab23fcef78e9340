import { type EncodeOptions, throwIfStopped } from '../encoders/encoder.js'
import type { CrossEncoderSpec } from '../encoders/pairs/cross-encoder.js'
import { type PairScorer, requirePairs, type ScoredPairs, type TextPair } from '../encoders/pairs/pair-scorer.js'
import { cutPieces, type PieceLimits, TRANSFORMER_PIECE } from './cut-pieces.js'
import { type EncoderPool, PIECES_PER_WORKER } from './encoder-pool.js'
import { mapOrdered } from './map-ordered.js'

/** A cross-encoder that spreads its pairs over a pool's threads; scores come in the order of the pairs. Its `close` leaves the pool open. */
export class PooledCrossEncoder implements PairScorer {
  readonly #pool: EncoderPool
  readonly #spec: CrossEncoderSpec

  constructor(pool: EncoderPool, spec: CrossEncoderSpec) {
    this.#pool = pool
    this.#spec = spec
  }

  /** How much of a stream of pairs goes to a worker at once. */
  get pieceLimits(): PieceLimits {
    return this.#pool.memoryLimit?.scaled(TRANSFORMER_PIECE) ?? TRANSFORMER_PIECE
  }

  /** Pieces that keep all workers busy. */
  get concurrency(): number {
    return this.#pool.workers * PIECES_PER_WORKER
  }

  async score(pairs: readonly TextPair[], options: EncodeOptions = {}): Promise<ScoredPairs> {
    requirePairs(pairs)
    const scored: ScoredPairs = {
      scores: new Float32Array(pairs.length),
      tokens: new Uint32Array(pairs.length),
      cutTokens: new Uint32Array(pairs.length),
    }
    const scorePiece = async (piece: readonly TextPair[]) => {
      throwIfStopped(options)
      return this.scorePiece(piece, options.signal)
    }
    const pieces = cutPieces(pairs, textOf, this.pieceLimits)
    let at = 0
    for await (const { scores, tokens, cutTokens } of mapOrdered(pieces, this.concurrency, scorePiece)) {
      scored.scores.set(scores, at)
      scored.tokens.set(tokens, at)
      scored.cutTokens.set(cutTokens, at)
      at += scores.length
    }
    throwIfStopped(options)
    return scored
  }

  /** One piece in one worker; see {@link EncoderPool.scorePiece}. */
  scorePiece(pairs: readonly TextPair[], signal?: AbortSignal): Promise<ScoredPairs> {
    return this.#pool.scorePiece(this.#spec, pairs, signal)
  }

  async close(): Promise<void> {}
}

/** What a pair costs is what its texts cost together. */
export function textOf([query, document]: TextPair): string {
  return query + document
}
