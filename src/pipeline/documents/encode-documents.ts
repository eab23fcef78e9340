import type { EncodedBatch, Side } from '../../encoders/encoder.js'
import type { OffgridError } from '../../errors.js'
import { cutPieceStream } from '../../pool/cut-pieces.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { mapOrdered } from '../../pool/map-ordered.js'
import { tryInHalves } from '../../pool/try-in-halves.js'
import type { PlacedDocument, Rejection } from './good-documents.js'

/** A document and where its vectors are: text `index` of `batch`, and those of the whole document at `wholeIndex`, which may be the same. */
export type EncodedDocument<T extends PlacedDocument = PlacedDocument> = T & {
  readonly batch: EncodedBatch
  readonly index: number
  readonly wholeIndex: number
}

/** What is encoded: a document, and beside a chunk the whole text that it was cut from, if that has vectors of its own. */
type Encodable = PlacedDocument & { readonly whole?: string | null }

/** What became of a piece of documents, in their order. */
export interface EncodedPiece<T extends PlacedDocument = PlacedDocument> {
  readonly encoded: readonly EncodedDocument<T>[]
  readonly rejected: readonly RejectedDocument<T>[]
}

export interface RejectedDocument<T extends PlacedDocument> {
  readonly item: T
  readonly rejection: Rejection
}

export interface EncodeStreamOptions {
  /** Once aborted, nothing more is read. */
  readonly signal?: AbortSignal | undefined
  /** Called when the last texts are in the encoder: what comes next may begin. */
  readonly onRead?: (() => void) | undefined
}

/** Failures whose cause may be one document of the piece. */
const DOCUMENT_FAILURES = new Set([
  'WORKER_FAILED',
  'WORKER_DIED',
  'RUN_FAILED',
  'INVALID_DOCUMENT',
  'VECTOR_NOT_FINITE',
])

/** Encodes a piece in one worker. A document that fails alone is rejected, whatever company it failed in. */
export async function encodeDocuments<T extends Encodable>(
  piece: readonly T[],
  encoder: PooledEncoder,
  side: Side,
): Promise<EncodedPiece<T>> {
  const rejected: RejectedDocument<T>[] = []
  const encode = async (items: readonly T[]): Promise<(EncodedDocument<T> | null)[]> => {
    const texts = items.flatMap(({ document, whole }) => (whole == null ? [document.text] : [document.text, whole]))
    const batch = await encoder.encodePiece(texts, side)
    let texted = 0
    return items.map((placed) => {
      const index = texted++
      return { ...placed, batch, index, wholeIndex: placed.whole == null ? index : texted++ }
    })
  }
  const reject = (item: T, { code, message: reason }: OffgridError): null => {
    rejected.push({ item, rejection: { place: item.place, id: item.document.id, code, reason } })
    return null
  }
  const outcomes = await tryInHalves(piece, encode, ({ code }) => DOCUMENT_FAILURES.has(code), reject)
  return { encoded: outcomes.filter((outcome) => outcome !== null), rejected }
}

/** Encodes a stream of documents by all workers; what becomes of them comes in their order. */
export function encodeStream<T extends Encodable>(
  documents: AsyncIterable<readonly T[]>,
  encoder: PooledEncoder,
  side: Side,
  { signal, onRead }: EncodeStreamOptions,
): AsyncGenerator<EncodedPiece<T>> {
  const pieces = cutPieceStream(documents, ({ document, whole }) => whole ?? document.text, encoder.pieceLimits, signal)
  const encode = (piece: readonly T[]) => encodeDocuments(piece, encoder, side)
  return mapOrdered(thenCall(pieces, onRead), encoder.concurrency, encode)
}

/** The items, and a call when there are no more of them. */
async function* thenCall<T>(items: AsyncIterable<T>, onEnd: (() => void) | undefined): AsyncGenerator<T> {
  yield* items
  onEnd?.()
}
