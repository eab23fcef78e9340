import { type Document, type PointId, pointId } from '../document.js'
import type { EncodedBatch, Side } from '../encoders/encoder.js'
import type { InputRecord } from '../inputs/read-documents.js'
import { cutChunkStream } from '../pool/cut-chunks.js'
import type { PooledEncoder } from '../pool/encoder-pool.js'
import { mapOrdered } from '../pool/map-ordered.js'
import { denseAt, multivectorAt, sparseAt, type Vector } from '../vectors.js'
import { goodDocuments, type Rejection } from './good-documents.js'

/** A document's vector of the one model that was asked for. */
export interface EmbeddedDocument {
  readonly id: PointId
  readonly document: Document
  readonly vector: Vector
  readonly tokens: number
  readonly cutTokens: number
}

export interface EmbedOptions {
  readonly onRejected?: (rejection: Rejection) => void
  readonly signal?: AbortSignal
}

/** Documents to vectors of one model, in the order of the input and in bounded memory. Ends early once the signal is aborted. */
export async function* embedDocuments(
  records: AsyncIterable<readonly InputRecord[]>,
  encoder: PooledEncoder,
  side: Side,
  options: EmbedOptions = {},
): AsyncGenerator<EmbeddedDocument[]> {
  const { onRejected = () => {}, signal } = options
  const documents = goodDocuments(records, onRejected, signal)
  const chunks = cutChunkStream(documents, ({ document }) => document.text, encoder.chunkLimits)
  yield* mapOrdered(chunks, encoder.concurrency, async (chunk) => {
    const texts = chunk.map(({ document }) => document.text)
    const encoded = await encoder.encodeChunk(texts, side)
    return chunk.map(({ document }, i) => ({
      id: pointId(document),
      document,
      vector: onlyVector(encoded, i),
      tokens: encoded.tokens[i]!,
      cutTokens: encoded.cutTokens[i]!,
    }))
  })
}

function onlyVector(encoded: EncodedBatch, i: number): Vector {
  if (encoded.dense !== undefined) return denseAt(encoded.dense, i)
  if (encoded.sparse !== undefined) return sparseAt(encoded.sparse, i)
  return multivectorAt(encoded.late!, i)
}
