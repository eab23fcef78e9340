import { type Payload, type PointId, pointId, STORED_FIELDS } from '../../document.js'
import type { DocumentChunker } from './document-chunker.js'
import type { PlacedDocument, Rejection } from './good-documents.js'

/** A document on its way from the input to the store. */
export interface DocumentUnderWay extends PlacedDocument {
  /** The point id that the document has, or would have if it were not cut. */
  readonly key: PointId
  /** An earlier version of the document is still on its way: what the store holds says nothing yet. */
  readonly isAgain: boolean
  /** Later records of the input with the same id and the same contents, which came while this one was on its way. */
  readonly copies: PlacedDocument[]
  /** Chunks that the store holds of an earlier version, as far as was seen. */
  storedChunks: number
  /** Its points. */
  passages: number
  /** Passages that are neither stored nor rejected yet. */
  left: number
  /** Its first passage went to the store. */
  isWriting: boolean
  /** Why it is left out; null where it is not. */
  rejection: Rejection | null
  isTruncated: boolean
}

/** What becomes one point: a document, or a chunk of one, which is a document of its own. */
export interface Passage extends PlacedDocument {
  readonly id: PointId
  /** From 0. */
  readonly number: number
  readonly source: DocumentUnderWay
}

/** The points that a document gives: itself, or its chunks. */
export function toPassages(source: DocumentUnderWay, chunker: DocumentChunker | null): Passage[] {
  const { document, place, record, key } = source
  const parts = chunker === null ? [document] : chunker.cut(document, document.id ?? key, place.file)
  source.passages = parts.length
  source.left = parts.length
  return parts.map((part, number) => {
    const id = chunker === null ? key : chunkId(key, number)
    return { document: part, place, record, id, number, source }
  })
}

/** The point id of a document's chunk. */
export function chunkId(key: PointId, chunk: number): PointId {
  return pointId({ id: key, text: '' }, chunk)
}

/** Everything of the input, with the text that was encoded. */
export function payloadOf({ document }: Pick<PlacedDocument, 'document'>): Payload {
  return { ...document.payload, [STORED_FIELDS.text]: document.text }
}

/** Chunks of the document that a chunk's payload tells of; 0 if it tells nothing. */
export function chunksIn(payload: Payload | null | undefined): number {
  const chunks = payload?.[STORED_FIELDS.chunks]
  return typeof chunks === 'number' && Number.isSafeInteger(chunks) && chunks > 0 ? chunks : 0
}
