import { type Document, type Payload, type PointId, pointId, STORED_FIELDS } from '../../document.js'
import type { Place } from '../../inputs/input-record.js'
import type { DocumentChunker } from './document-chunker.js'
import type { PlacedDocument, Rejection } from './good-documents.js'

/** A document on its way from the input to the store: cut, written, and done with once each of its passages is stored or rejected. */
export class DocumentUnderWay implements PlacedDocument {
  readonly document: Document
  readonly place: Place
  readonly record: number
  /** The point id that the document has, or would have if it were not cut. */
  readonly key: PointId
  /** An earlier version of the document is still on its way: what the store holds says nothing yet. */
  readonly isAgain: boolean
  readonly #copies: PlacedDocument[] = []
  #storedChunks = 0
  #passages = 0
  #left = 0
  #isWriting = false
  #isTruncated = false
  #rejection: Rejection | null = null

  constructor({ document, place, record }: PlacedDocument, key: PointId, isAgain: boolean) {
    this.document = document
    this.place = place
    this.record = record
    this.key = key
    this.isAgain = isAgain
  }

  /** Later records of the input with the same id and the same contents, which came while this one was on its way. */
  get copies(): readonly PlacedDocument[] {
    return this.#copies
  }

  /** Chunks that the store holds of an earlier version, as far as was seen. */
  get storedChunks(): number {
    return this.#storedChunks
  }

  /** Why it is left out; null where it is not. */
  get rejection(): Rejection | null {
    return this.#rejection
  }

  /** The points that it gives: itself, or its chunks. */
  cut(chunker: DocumentChunker | null): Passage[] {
    const { document, place, record, key } = this
    const parts = chunker === null ? [document] : chunker.cut(document, document.id ?? key, place.file)
    this.#passages = parts.length
    this.#left = parts.length
    return parts.map((part, number) => {
      const id = chunker === null ? key : chunkId(key, number)
      return { document: part, place, record, id, number, source: this }
    })
  }

  /** A later record says the same. */
  addCopy(copy: PlacedDocument): void {
    this.#copies.push(copy)
  }

  /** The store was seen to hold so many chunks of an earlier version. */
  sawStoredChunks(chunks: number): void {
    this.#storedChunks = chunks
  }

  /** Its passages begin to go to the store. @returns false where they had begun before */
  beginWriting(): boolean {
    const isFirst = !this.#isWriting
    this.#isWriting = true
    return isFirst
  }

  /** Ids of the chunks of an earlier version that this one does not replace. */
  staleChunks(): PointId[] {
    const stale: PointId[] = []
    for (let number = this.#passages; number < this.#storedChunks; number++) stale.push(chunkId(this.key, number))
    return stale
  }

  /** Tokens of a passage were cut off. @returns false where that happened to another passage before */
  truncate(): boolean {
    const isFirst = !this.#isTruncated
    this.#isTruncated = true
    return isFirst
  }

  /** A passage cannot be encoded or stored, and so the document is left out. @returns false where it was before, for another passage */
  reject(rejection: Rejection): boolean {
    if (this.#rejection !== null) return false
    this.#rejection = rejection
    return true
  }

  /** A passage is stored or rejected. @returns whether it was the last one */
  finishPassage(): boolean {
    this.#left -= 1
    return this.#left <= 0
  }
}

/** What becomes one point: a document, or a chunk of one, which is a document of its own. */
export interface Passage extends PlacedDocument {
  readonly id: PointId
  /** From 0. */
  readonly number: number
  readonly source: DocumentUnderWay
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
