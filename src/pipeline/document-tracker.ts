import { type PointId, pointId } from '../document.js'
import type { DocumentChunker } from './document-chunker.js'
import type { PlacedDocument } from './good-documents.js'
import { type DocumentUnderWay, type Passage, toPassages } from './passage.js'
import { SettledRecords } from './settled-records.js'
import type { StoredDocuments } from './stored-documents.js'

export interface DocumentTrackerOptions {
  /** Cuts documents into chunks; null where a document is a point. */
  readonly chunker: DocumentChunker | null
  /** What is stored already; null if nothing is. */
  readonly stored: StoredDocuments | null
  /** Records from the beginning of the input that an earlier run settled: of those it is enough that their points are there. */
  readonly settledRecords: number
}

/** A list of documents after it was held against the store. */
export interface ComparedDocuments {
  /** Of the documents that have to be encoded, in the order of the input. */
  readonly passages: readonly Passage[]
  readonly unchanged: number
  readonly last: PlacedDocument | undefined
}

/** Tells the documents that have to be encoded from those that are stored as they are, and knows how far the input is done with. */
export class DocumentTracker {
  readonly #options: DocumentTrackerOptions
  readonly #settled = new SettledRecords()
  /** Versions of a document that are on their way. */
  readonly #underWay = new Map<PointId, number>()

  constructor(options: DocumentTrackerOptions) {
    this.#options = options
  }

  /** So many records from the beginning of the input are stored, unchanged or rejected. */
  get settledRecords(): number {
    return this.#settled.count
  }

  /** To be called in the order of the input; the calls may overlap. */
  async compare(list: readonly PlacedDocument[]): Promise<ComparedDocuments> {
    const { chunker, stored, settledRecords } = this.#options
    // before anything is awaited: of two versions of a document the later one has to know of the earlier
    const documents = list.map((placed) => this.#begin(placed))
    const passages = new Map<DocumentUnderWay, Passage[]>()
    if (stored !== null) {
      const known = documents.filter(({ isAgain }) => !isAgain)
      const missing = await stored.findMissing(known.filter(({ record }) => record < settledRecords))
      const compared = [...missing, ...known.filter(({ record }) => record >= settledRecords)]
      for (const [document, own] of await stored.findChanged(compared)) passages.set(document, own)
    }
    const changed = documents.filter((document) => {
      const isChanged = stored === null || document.isAgain || passages.has(document)
      if (!isChanged) this.#end(document)
      return isChanged
    })
    return {
      passages: changed.flatMap((document) => passages.get(document) ?? toPassages(document, chunker)),
      unchanged: documents.length - changed.length,
      last: list.at(-1),
    }
  }

  /** One more passage of a document is stored or rejected. @returns whether it was the last */
  finishPassage(document: DocumentUnderWay): boolean {
    document.left -= 1
    if (document.left > 0) return false
    this.#end(document)
    return true
  }

  #begin(placed: PlacedDocument): DocumentUnderWay {
    const key = pointId(placed.document)
    const versions = this.#underWay.get(key) ?? 0
    this.#underWay.set(key, versions + 1)
    this.#settled.begin(placed.record)
    const state = { storedChunks: 0, passages: 0, left: 0, isWriting: false, isRejected: false, isTruncated: false }
    return { ...placed, key, isAgain: versions > 0, ...state }
  }

  #end({ key, record }: DocumentUnderWay): void {
    const versions = this.#underWay.get(key)! - 1
    if (versions > 0) this.#underWay.set(key, versions)
    else this.#underWay.delete(key)
    this.#settled.settle(record)
  }
}
