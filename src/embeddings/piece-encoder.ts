import { setImmediate } from 'node:timers/promises'
import { type EncodedBatch, type Encoder, type Side, throwIfStopped } from '../encoders/encoder.js'
import { BM25_PIECE, type PieceLimits } from '../pool/cut-pieces.js'

/** Who encodes the pieces of a stream of texts: the threads of a pool, or this one. */
export interface PieceEncoder {
  readonly pieceLimits: PieceLimits
  /** Pieces that are worth having under way at once. */
  readonly concurrency: number
  /** @throws WorkerError `CANCELLED`; what the encoder throws */
  encodePiece(texts: readonly string[], side: Side, signal?: AbortSignal): Promise<EncodedBatch>
}

/** An encoder in this thread, which gets a turn of the event loop between two pieces: for what cannot cross into another thread. */
export function encodeHere(encoder: Encoder): PieceEncoder {
  return {
    pieceLimits: BM25_PIECE,
    concurrency: 1,
    async encodePiece(texts, side, signal) {
      await setImmediate()
      throwIfStopped(signal && { signal })
      return encoder.encode(texts, side)
    },
  }
}
