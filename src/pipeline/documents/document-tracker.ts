import { type PointId, pointId } from '../../document.js'
import { isSamePayload } from '../../stores/same-payload.js'
import type { DocumentChunker } from './document-chunker.js'
import { type DocumentEnd, DoneDocuments } from './done-documents.js'
import type { PlacedDocument } from './good-documents.js'
import { HeldDocuments } from './held-documents.js'
import { DocumentUnderWay, type Passage } from './passage.js'
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
  /** Ids that come more than once; null where nobody keeps them. */
  readonly repeated: RepeatedDocuments | null
}

/** What became of the readable documents: each that is done with is in one of these. */
export interface DocumentCounts {
  /** Encoded and stored. */
  stored: number
  /** Stored before as they are. */
  unchanged: number
  /** Another document of the input has their id: the last one is kept. */
  repeated: number
  /** Documents without an id of which the input has another with the same contents. */
  merged: number
}

/** A document of which the input has another with the same id. */
export type RepeatedPlace = Pick<PlacedDocument, 'place'> & { readonly id: string | number | null }

/** A list of documents after it was held against the store. */
export interface ComparedDocuments {
  /** Of the documents that have to be encoded, in the order of the input. */
  readonly passages: readonly Passage[]
  /** Whether any was done with by comparing alone. */
  readonly hasSettled: boolean
  readonly last: PlacedDocument | undefined
}

/** A document that is done with. */
export interface FinishedDocument {
  /** Points of an earlier version that this run stored and that are not there any more. */
  readonly replacedPoints: number
}

/** Tells the documents that have to be encoded from those that are stored as they are, and knows how far the input is done with. */
export class DocumentTracker {
  readonly counts: DocumentCounts = { stored: 0, unchanged: 0, repeated: 0, merged: 0 }
  /** The first whose id came before; null where none did. */
  firstRepeated: RepeatedPlace | null = null
  readonly #options: DocumentTrackerOptions
  readonly #settled = new SettledRecords()
  readonly #done = new DoneDocuments()
  readonly #held = new HeldDocuments()
  #isAtEnd = false
  /** Versions of a document that are on their way, and the last of them. */
  readonly #underWay = new Map<PointId, { versions: number; last: DocumentUnderWay }>()

  constructor(options: DocumentTrackerOptions) {
    this.#options = options
  }

  /** Number of records, counted from the beginning of the input, that are stored, unchanged or rejected. */
  get settledRecords(): number {
    return this.#settled.count
  }

  /** The documents that were held back, once the input is at its end: what was expected to replace them did not come. */
  takeHeld(): PlacedDocument[] {
    this.#isAtEnd = true
    return this.#held.takeAll()
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
      if (!isChanged) this.#end(document, 'unchanged')
      return isChanged
    })
    return {
      passages: changed.flatMap((document) => passages.get(document) ?? document.cut(chunker)),
      hasSettled: changed.length < list.length,
      last: list.at(-1),
    }
  }

  /** One more passage of a document is stored or rejected. @returns null while there are others left */
  finishPassage(document: DocumentUnderWay): FinishedDocument | null {
    if (!document.finishPassage()) return null
    const before = this.#end(document, document.rejection !== null ? 'rejected' : 'stored')
    if (before !== null) this.#options.repeated?.add(document.key, document.record)
    const { chunker } = this.#options
    return { replacedPoints: before === 'stored' ? (chunker === null ? 1 : document.storedPoints) : 0 }
  }

  /** Null where nothing has to be done for it: another record of the input stands for it. */
  #begin(placed: PlacedDocument): DocumentUnderWay | null {
    const { repeated } = this.#options
    const key = pointId(placed.document)
    this.#settled.begin(placed.record)
    const held = this.#held.take(key)
    if (held !== undefined) this.#pass(held)
    if (repeated?.isReplaced(key, placed.record) && !this.#isAtEnd) {
      if (repeated.isSureInput) return this.#pass(placed)
      if (this.#held.hold(key, placed)) return null
    }
    const before = this.#underWay.get(key)
    if (before !== undefined && isCopy(placed, before.last)) {
      before.last.addCopy(placed)
      return null
    }
    const document = new DocumentUnderWay(placed, key, before !== undefined)
    this.#underWay.set(key, { versions: (before?.versions ?? 0) + 1, last: document })
    return document
  }

  /** @returns what became of the version before, null where there is none or this one takes nobody's place */
  #end(document: DocumentUnderWay, how: DocumentEnd | 'rejected'): DocumentEnd | null {
    const { key, record, copies } = document
    const underWay = this.#underWay.get(key)!
    underWay.versions -= 1
    if (underWay.versions === 0) this.#underWay.delete(key)
    for (const each of [record, ...copies.map((copy) => copy.record)]) this.#settled.settle(each)
    if (how === 'rejected') return null
    const before = this.#done.end(key, how)
    if (before === null) this.counts[how] += 1
    else this.#countAgain(document)
    for (const copy of copies) this.#countAgain(copy)
    return before
  }

  /** Another record of the input takes its place. */
  #pass(placed: PlacedDocument): null {
    this.#countAgain(placed)
    this.#settled.settle(placed.record)
    return null
  }

  #countAgain({ document, place }: PlacedDocument): void {
    this.counts[document.id === null ? 'merged' : 'repeated'] += 1
    if (document.id !== null) this.firstRepeated ??= { id: document.id, place }
  }
}

/** Whether a record says what another one says. */
function isCopy({ document }: PlacedDocument, other: PlacedDocument): boolean {
  return document.text === other.document.text && isSamePayload(document.payload, other.document.payload)
}
