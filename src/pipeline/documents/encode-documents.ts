import type { EncodedBatch, Side } from '../../encoders/encoder.js'
import { OffgridError } from '../../errors.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { PlacedDocument, Rejection } from './good-documents.js'

/** A document and where its vectors are: text `index` of `batch`. */
export type EncodedDocument<T extends PlacedDocument = PlacedDocument> = T & {
  readonly batch: EncodedBatch
  readonly index: number
}

/** What became of a piece of documents, in their order. */
export interface EncodedPiece<T extends PlacedDocument = PlacedDocument> {
  readonly encoded: readonly EncodedDocument<T>[]
  readonly rejected: readonly RejectedDocument<T>[]
}

export interface RejectedDocument<T extends PlacedDocument> {
  readonly item: T
  readonly rejection: Rejection
}

/** Failures whose cause may be one document of the piece. */
const DOCUMENT_FAILURES = new Set([
  'WORKER_FAILED',
  'WORKER_DIED',
  'RUN_FAILED',
  'INVALID_DOCUMENT',
  'VECTOR_NOT_FINITE',
])

/**
 * Encodes a piece in one worker. When that fails for a reason that may lie in a document, it is tried in halves,
 * down to the document that is rejected: one bad document neither ends a run nor takes its neighbours with it.
 */
export async function encodeDocuments<T extends PlacedDocument>(
  piece: readonly T[],
  encoder: PooledEncoder,
  side: Side,
): Promise<EncodedPiece<T>> {
  if (piece.length === 0) return { encoded: [], rejected: [] }
  try {
    const texts = piece.map(({ document }) => document.text)
    const batch = await encoder.encodePiece(texts, side)
    return { encoded: piece.map((placed, index) => ({ ...placed, batch, index })), rejected: [] }
  } catch (error) {
    if (!(error instanceof OffgridError && DOCUMENT_FAILURES.has(error.code))) throw error
    if (piece.length === 1) {
      const item = piece[0]!
      const { code, message: reason } = error
      const rejection = { place: item.place, id: item.document.id, code, reason }
      return { encoded: [], rejected: [{ item, rejection }] }
    }
    const middle = piece.length >> 1
    const first = await encodeDocuments(piece.slice(0, middle), encoder, side)
    const second = await encodeDocuments(piece.slice(middle), encoder, side)
    return {
      encoded: [...first.encoded, ...second.encoded],
      rejected: [...first.rejected, ...second.rejected],
    }
  }
}
