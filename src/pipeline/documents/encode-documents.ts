import type { EncodedBatch, Side } from '../../encoders/encoder.js'
import { OffgridError } from '../../errors.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { PlacedDocument, Rejection } from './good-documents.js'

/** A document and where its vectors are: text `index` of `batch`. */
export type EncodedDocument<T extends PlacedDocument = PlacedDocument> = T & {
  readonly batch: EncodedBatch
  readonly index: number
}

/** What became of a chunk of documents, in their order. */
export interface EncodedChunk<T extends PlacedDocument = PlacedDocument> {
  readonly encoded: readonly EncodedDocument<T>[]
  readonly rejected: readonly RejectedDocument<T>[]
}

export interface RejectedDocument<T extends PlacedDocument> {
  readonly item: T
  readonly rejection: Rejection
}

/** Failures whose cause may be one document of the chunk. */
const DOCUMENT_FAILURES = new Set([
  'WORKER_FAILED',
  'WORKER_DIED',
  'RUN_FAILED',
  'INVALID_DOCUMENT',
  'VECTOR_NOT_FINITE',
])

/**
 * Encodes a chunk in one worker. When that fails for a reason that may lie in a document, it is tried in halves,
 * down to the document that is rejected: one bad document neither ends a run nor takes its neighbours with it.
 */
export async function encodeDocuments<T extends PlacedDocument>(
  chunk: readonly T[],
  encoder: PooledEncoder,
  side: Side,
): Promise<EncodedChunk<T>> {
  if (chunk.length === 0) return { encoded: [], rejected: [] }
  try {
    const texts = chunk.map(({ document }) => document.text)
    const batch = await encoder.encodeChunk(texts, side)
    return { encoded: chunk.map((placed, index) => ({ ...placed, batch, index })), rejected: [] }
  } catch (error) {
    if (!(error instanceof OffgridError && DOCUMENT_FAILURES.has(error.code))) throw error
    if (chunk.length === 1) {
      const item = chunk[0]!
      const { code, message: reason } = error
      const rejection = { place: item.place, id: item.document.id, code, reason }
      return { encoded: [], rejected: [{ item, rejection }] }
    }
    const middle = chunk.length >> 1
    const first = await encodeDocuments(chunk.slice(0, middle), encoder, side)
    const second = await encodeDocuments(chunk.slice(middle), encoder, side)
    return {
      encoded: [...first.encoded, ...second.encoded],
      rejected: [...first.rejected, ...second.rejected],
    }
  }
}
