import { type PointId, pointId } from '../document.js'
import type { DocumentChunker } from './document-chunker.js'
import type { PlacedDocument } from './good-documents.js'
import { type DocumentUnderWay, type Passage, toPassages } from './passage.js'
import type { RepeatedDocuments } from './repeated-documents.js'
import { SettledRecords } from './settled-records.js'
import type { StoredDocuments } from './stored-documents.js'

export interface DocumentTrackerOptions {
  /** Cuts documents into chunks; null where a document is a point. */
  readonly chunker: DocumentChunker | null
  /** What is stored already; null if nothing is. */
  readonly stored: StoredDocuments | null
  /** Records from the beginning of the input that an earlier run settled: of those it is enough that their points are there. */
  readonly settledRecords: number
  /** Ids that come more than once; null where the input is read only once. */
  readonly repeated: RepeatedDocuments | null
}

/** A list of documents after it was held against the store. */
export interface ComparedDocuments {
  /** Of the documents that have to be encoded, in the order of the input. */
  readonly passages: readonly Passage[]
  /** Documents that are stored as they are, and those that a later one of the input replaces. */
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
    const documents = list.flatMap((placed) => this.#begin(placed) ?? [])
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
      unchanged: list.length - changed.length,
      last: list.at(-1),
    }
  }

  /** One more passage of a document is stored or rejected. @returns whether it was the last */
  finishPassage(document: DocumentUnderWay): boolean {
    document.left -= 1
    if (document.left > 0) return false
    if (document.isRepeated && !document.isRejected) this.#options.repeated?.add(document.key, document.record)
    this.#end(document)
    return true
  }

  /** Null where a later record is known to replace it. */
  #begin(placed: PlacedDocument): DocumentUnderWay | null {
    const { repeated } = this.#options
    const key = pointId(placed.document)
    this.#settled.begin(placed.record)
    if (repeated?.isReplaced(key, placed.record)) {
      this.#settled.settle(placed.record)
      return null
    }
    const versions = this.#underWay.get(key) ?? 0
    this.#underWay.set(key, versions + 1)
    const isRepeated = repeated?.see(key) ?? false
    const state = { storedChunks: 0, passages: 0, left: 0, isWriting: false, isRejected: false, isTruncated: false }
    return { ...placed, key, isAgain: versions > 0, isRepeated, ...state }
  }

  #end({ key, record }: DocumentUnderWay): void {
    const versions = this.#underWay.get(key)! - 1
    if (versions > 0) this.#underWay.set(key, versions)
    else this.#underWay.delete(key)
    this.#settled.settle(record)
  }
}
