import { type Document, type PointId, pointId } from '../../document.js'
import { type Side, vectorAt } from '../../encoders/encoder.js'
import type { InputRecord } from '../../inputs/input-record.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { Vector } from '../../vectors.js'
import { type EncodeStreamOptions, encodeStream } from './encode-documents.js'
import { goodDocuments, type Rejection } from './good-documents.js'

/** A document's vector of the one model that was asked for. */
export interface EmbeddedDocument {
  readonly id: PointId
  readonly document: Document
  readonly vector: Vector
  readonly tokens: number
  readonly cutTokens: number
}

export interface EmbedDocumentsOptions extends Pick<EncodeStreamOptions, 'signal'> {
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
}

/** Documents to vectors of one model, in the order of the input and in bounded memory. */
export async function* embedDocuments(
  records: AsyncIterable<readonly InputRecord[]>,
  encoder: PooledEncoder,
  side: Side,
  options: EmbedDocumentsOptions = {},
): AsyncGenerator<EmbeddedDocument[]> {
  const { onRejected = () => {}, signal } = options
  const documents = goodDocuments(records, onRejected, signal)
  for await (const { encoded, rejected } of encodeStream(documents, encoder, side, { signal })) {
    for (const { rejection } of rejected) onRejected(rejection)
    yield encoded.map(({ document, batch, index }) => ({
      id: pointId(document),
      document,
      vector: vectorAt(batch, index),
      tokens: batch.tokens[index]!,
      cutTokens: batch.cutTokens[index]!,
    }))
  }
}
