import { setImmediate } from 'node:timers/promises'
import { type EncodedBatch, type Encoder, type Side, throwIfStopped } from '../encoders/encoder.js'
import { BM25_CHUNK, type ChunkLimits } from '../pool/cut-chunks.js'

/** Who encodes the chunks of a stream of texts: the threads of a pool, or this one. */
export interface ChunkEncoder {
  readonly chunkLimits: ChunkLimits
  /** Chunks that are worth having under way at once. */
  readonly concurrency: number
  /** @throws WorkerError `CANCELLED`; what the encoder throws */
  encodeChunk(texts: readonly string[], side: Side, signal?: AbortSignal): Promise<EncodedBatch>
}

/** An encoder in this thread, which gets a turn of the event loop between two chunks: for what cannot cross into another thread. */
export function encodeHere(encoder: Encoder): ChunkEncoder {
  return {
    chunkLimits: BM25_CHUNK,
    concurrency: 1,
    async encodeChunk(texts, side, signal) {
      await setImmediate()
      throwIfStopped(signal && { signal })
      return encoder.encode(texts, side)
    },
  }
}
