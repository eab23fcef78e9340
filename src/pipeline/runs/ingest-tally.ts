import type { Place } from '../../inputs/input-record.js'
import type {
  ComparedDocuments,
  DocumentCounts,
  DocumentTracker,
  RepeatedPlace,
} from '../documents/document-tracker.js'
import type { EncodedPiece } from '../documents/encode-documents.js'
import type { Rejection } from '../documents/good-documents.js'
import type { DocumentUnderWay, Passage } from '../documents/passage.js'
import type { WrittenBatch } from './point-writer.js'

/** `read` records are `stored`, `unchanged`, `failed` (rejected), `repeated` or `merged`, and, until the end, on their way. */
export interface IngestProgress extends Readonly<DocumentCounts> {
  /** Records of the input, readable or not; of the own part alone where the input is partitioned. */
  readonly read: number
  /** Documents that could be read and are done with: `stored`, `unchanged`, `repeated` and `merged`. */
  readonly documents: number
  /** Points that were stored; one that was then written over is counted once. */
  readonly points: number
  readonly failed: number
  /** Documents that were encoded, those included that a later one then replaced. */
  readonly encoded: number
  readonly tokens: number
  /** Tokens that were cut off. */
  readonly tokensLost: number
  readonly seconds: number
  /** Since the first document that had to be encoded: before, there was only comparing. */
  readonly encodingSeconds: number
  /** Where the last document that was handled stands; null before the first. */
  readonly place: Place | null
  /** Number of records, counted from the beginning of the input, that are stored, unchanged or rejected. */
  readonly settledRecords: number
}

/** What became of an input: every record is in exactly one of the counts. */
export interface IngestSummary extends IngestProgress {
  /** Documents that were longer than the model takes. */
  readonly truncated: number
  readonly interrupted: boolean
  /** The first document whose id came before in the input; null where none did. */
  readonly firstRepeated: RepeatedPlace | null
}

/** Who wants to know how a run goes. */
export interface IngestListeners {
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called when batches are stored or documents found unchanged, and waited for: what it tells of is in the store. */
  readonly onProgress?: (progress: IngestProgress) => void | Promise<void>
}

/** What became of the records of a run so far: each step of their way is told to it once, and it tells the listeners. */
export class IngestTally {
  readonly #tracker: DocumentTracker
  readonly #started: number
  readonly #listeners: IngestListeners
  readonly #totals = { read: 0, points: 0, failed: 0, encoded: 0, tokens: 0, truncated: 0, tokensLost: 0 }
  #place: Place | null = null
  #encodingStarted: number | null = null
  /** One after the other, although several batches are under way. */
  #telling: Promise<void> = Promise.resolve()

  /** @param started when the run did, by `performance.now()` */
  constructor(tracker: DocumentTracker, started: number, listeners: IngestListeners) {
    this.#tracker = tracker
    this.#started = started
    this.#listeners = listeners
  }

  /** So many documents were read. */
  readDocuments(count: number): void {
    this.#totals.read += count
  }

  /** A record was read that is no document. */
  rejectRecord(rejection: Rejection): void {
    this.#totals.read += 1
    this.#reject(rejection)
  }

  /** A list of documents was held against the store. */
  async compared({ passages, hasSettled, last }: ComparedDocuments): Promise<void> {
    if (passages.length > 0) this.#encodingStarted ??= performance.now()
    if (!hasSettled) return
    this.#place = last!.place
    await this.#tell()
  }

  encoded({ encoded, rejected }: EncodedPiece<Passage>): void {
    for (const { item, rejection } of rejected) this.#finishPassage(item.source, rejection)
    for (const { batch, index, wholeIndex, source } of encoded) {
      // of the whole document beside its chunks nothing is lost
      const lost = batch.cutTokens[index]!
      this.#totals.tokens += batch.tokens[index]! + (wholeIndex === index ? 0 : batch.tokens[wholeIndex]!)
      this.#totals.tokensLost += lost
      // a document counts once, whatever its chunks
      if (lost > 0 && source.truncate()) this.#totals.truncated += 1
    }
    this.#place = encoded.at(-1)?.place ?? this.#place
  }

  /** A batch was stored. */
  async written({ stored, refused }: WrittenBatch): Promise<void> {
    this.#totals.points += stored.length
    for (const { source } of stored) this.#finishPassage(source)
    for (const { item, rejection } of refused) this.#finishPassage(item.source, rejection)
    await this.#tell()
  }

  /** What there is to say when nothing is under way any more. */
  summarize(interrupted: boolean): IngestSummary {
    const { truncated } = this.#totals
    const last = this.#progress()
    // what an interrupted run had on its way is read again
    const read = interrupted ? last.documents + last.failed : last.read
    return { ...last, read, truncated, interrupted, firstRepeated: this.#tracker.firstRepeated }
  }

  #finishPassage(source: DocumentUnderWay, rejection?: Rejection): void {
    if (rejection !== undefined && source.reject(rejection)) this.#reject(rejection)
    const finished = this.#tracker.finishPassage(source)
    if (finished === null) return
    this.#totals.points -= finished.replacedPoints
    if (source.rejection === null) this.#totals.encoded += 1
    // what cannot be stored of a document cannot be stored of its copies
    else for (const { place, document } of source.copies) this.#reject({ ...source.rejection, place, id: document.id })
  }

  #reject(rejection: Rejection): void {
    this.#totals.failed += 1
    this.#listeners.onRejected?.(rejection)
  }

  #tell(): Promise<void> {
    this.#telling = this.#telling.then(() => this.#listeners.onProgress?.(this.#progress()))
    return this.#telling
  }

  #progress(): IngestProgress {
    const now = performance.now()
    const { counts, settledRecords } = this.#tracker
    const documents = counts.stored + counts.unchanged + counts.repeated + counts.merged
    const seconds = (now - this.#started) / 1000
    const encodingSeconds = this.#encodingStarted === null ? 0 : (now - this.#encodingStarted) / 1000
    return { ...this.#totals, ...counts, documents, seconds, encodingSeconds, place: this.#place, settledRecords }
  }
}
