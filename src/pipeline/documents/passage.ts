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
  #stored: StoredForm = NOTHING
  #passages = 0
  #isCut = false
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

  /** Points that the store holds of an earlier version, as far as was seen. */
  get storedPoints(): number {
    return this.#stored.chunks + (this.#stored.isWhole ? 1 : 0)
  }

  /** Why it is left out; null where it is not. */
  get rejection(): Rejection | null {
    return this.#rejection
  }

  /** The points that it gives: itself, or its chunks. */
  cut(chunker: DocumentChunker | null): Passage[] {
    const { document, place, record, key } = this
    this.#isCut = chunker !== null && !chunker.isWhole(document)
    const parts = this.#isCut ? chunker!.cut(document, document.id ?? key, place.file) : [document]
    this.#passages = parts.length
    this.#left = parts.length
    return parts.map((part, number) => {
      const id = this.#isCut ? chunkId(key, number) : key
      const whole = number === 0 && parts.length > 1 && chunker!.keepsDocuments ? document.text : null
      return { document: part, place, record, id, number, whole, source: this }
    })
  }

  /** A later record says the same. */
  addCopy(copy: PlacedDocument): void {
    this.#copies.push(copy)
  }

  /** The store was seen to hold an earlier version in this form. */
  sawStored(form: StoredForm): void {
    this.#stored = form
  }

  /** Its passages begin to go to the store. @returns false where they had begun before */
  beginWriting(): boolean {
    const isFirst = !this.#isWriting
    this.#isWriting = true
    return isFirst
  }

  /** Ids of the points of an earlier version that this one does not replace. */
  stalePoints(): PointId[] {
    const { chunks, isWhole } = this.#stored
    const stale: PointId[] = isWhole && this.#isCut ? [this.key] : []
    for (let number = this.#isCut ? this.#passages : 0; number < chunks; number++) stale.push(chunkId(this.key, number))
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
  /** The text of the whole document, whose own vectors stand on the point, too; null where they are those of the passage, or stand elsewhere. */
  readonly whole: string | null
  readonly source: DocumentUnderWay
}

/** How the store holds a document. */
export interface StoredForm {
  readonly chunks: number
  /** As a point that is not cut. */
  readonly isWhole: boolean
}

const NOTHING: StoredForm = { chunks: 0, isWhole: false }

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
