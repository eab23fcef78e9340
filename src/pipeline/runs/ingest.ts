import { type PointId, pointId } from '../../document.js'
import type { InputRecord, Place } from '../../inputs/input-record.js'
import { cutPieceStream } from '../../pool/cut-pieces.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { mapOrdered } from '../../pool/map-ordered.js'
import { hasFormerIds, withFormerIds } from '../collection/former-ids.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import { prepareCollection } from '../collection/prepare-collection.js'
import { DocumentChunker } from '../documents/document-chunker.js'
import {
  type ComparedDocuments,
  type DocumentCounts,
  DocumentTracker,
  type RepeatedPlace,
} from '../documents/document-tracker.js'
import { encodeDocuments } from '../documents/encode-documents.js'
import { goodDocuments, type PlacedDocument, type Rejection } from '../documents/good-documents.js'
import { type Partition, partitionOf } from '../documents/partition.js'
import type { DocumentUnderWay, Passage } from '../documents/passage.js'
import type { RepeatedDocuments } from '../documents/repeated-documents.js'
import { StoredDocuments } from '../documents/stored-documents.js'
import { type EncodedPassage, PointWriter, type WrittenBatch } from './point-writer.js'
import type { UpsertWatcher } from './upsert-window.js'

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

/** What earlier runs over the same input found. */
export interface KnownInput {
  /** Number of records, counted from the beginning, that an earlier run settled. For these it is only checked that their points exist, not what the points hold. */
  readonly settledRecords: number
  readonly repeated: RepeatedDocuments | null
}

export interface IngestOptions {
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called when batches are stored or documents found unchanged, and waited for: what it tells of is in the store. */
  readonly onProgress?: (progress: IngestProgress) => void | Promise<void>
  /** Called after each upsert. */
  readonly onUpsert?: UpsertWatcher
  /** Called once the input can be read, before the collection is looked at: what starts over drops it here, and not for a command that fails. */
  readonly beforePrepare?: (() => Promise<void>) | undefined
  /**
   * Called once the input can be read and the collection fits, before anything is stored, with the points that are there.
   * @returns what earlier runs know of the input
   */
  readonly onBegin?: (storedPoints: number) => Promise<KnownInput>
  /** Called with the key of each document that could be read: the id of its point, or of the point that it would be if it were not cut. */
  readonly onDocument?: (key: PointId) => void
  /** Path of the text field, which chunks leave out; of several those with a long text. @default as for reading */
  readonly textField?: string | readonly string[] | undefined
  /** Once aborted, nothing more is begun; what is under way is encoded and stored. */
  readonly signal?: AbortSignal
  /** The part of the documents that is ingested. @default all */
  readonly partition?: Partition | undefined
}

export interface IngestSummary extends IngestProgress {
  /** Documents that were longer than the model takes. */
  readonly truncated: number
  readonly interrupted: boolean
  /** The first document whose id came before in the input; null where none did. */
  readonly firstRepeated: RepeatedPlace | null
}

/** Lists of documents that are held against the store at once, so that a distant server is not waited for in turn. */
const LISTS_COMPARED = 4

/**
 * Documents to points: reads, cuts into chunks where the plan says so, encodes in the pool and stores, in bounded memory whatever the input's size.
 * A document that is already stored as it would be now is left as it is, so the same command again continues where a run stopped.
 * A document that cannot be read, encoded or stored is rejected with its place and reason, and the run goes on.
 * @throws StoreError when the store fails; ModelError when a model's files are wrong. What was stored before stays stored.
 */
export async function ingest(
  records: AsyncIterable<readonly InputRecord[]>,
  opened: OpenedCollection<PooledEncoder>,
  options: IngestOptions = {},
): Promise<IngestSummary> {
  const { store, collection, plan, encoder } = opened
  const { beforePrepare, onBegin, textField } = options
  const started = performance.now()
  // an input that is not there must not leave an empty collection behind
  const input = await startReading(records)
  try {
    const { modelsFolder } = plan.spec
    const chunker = plan.chunking && (await DocumentChunker.open(plan.chunking, { textField, modelsFolder }))
    await beforePrepare?.()
    const storedPoints = await prepareCollection(opened)
    const known = await onBegin?.(storedPoints)
    const stored = new StoredDocuments(opened, chunker)
    const tracker = new DocumentTracker({
      chunker,
      // a document may come twice with fewer chunks: then even an empty collection has to be asked
      stored: storedPoints > 0 || chunker !== null ? stored : null,
      settledRecords: known?.settledRecords ?? 0,
      repeated: known?.repeated ?? null,
    })
    const writer = new PointWriter(opened, stored, options.onUpsert)
    const found = storedPoints > 0 ? await store.describeCollection(collection) : null
    const records = found !== null && hasFormerIds(found) ? withFormerIds(input) : input
    await store.beginLoad(collection)
    const summary = await storeDocuments(records, encoder, tracker, writer, started, options)
    // an interrupted run is going to be continued: what waits for the end of the load waits for that, too
    if (!summary.interrupted) await store.endLoad(collection)
    return { ...summary, seconds: (performance.now() - started) / 1000 }
  } finally {
    await input.close()
  }
}

/** Documents through comparison, encoder and writer, with what is counted on the way. */
async function storeDocuments(
  input: AsyncIterable<readonly InputRecord[]>,
  encoder: PooledEncoder,
  tracker: DocumentTracker,
  writer: PointWriter,
  started: number,
  { onRejected, onProgress, onDocument, signal, partition }: IngestOptions,
): Promise<IngestSummary> {
  const totals = { read: 0, points: 0, failed: 0, encoded: 0, tokens: 0, truncated: 0, tokensLost: 0 }
  let place: Place | null = null
  let encodingStarted: number | null = null
  const progress = (): IngestProgress => {
    const now = performance.now()
    const { counts, settledRecords } = tracker
    const documents = counts.stored + counts.unchanged + counts.repeated + counts.merged
    const seconds = (now - started) / 1000
    const encodingSeconds = encodingStarted === null ? 0 : (now - encodingStarted) / 1000
    return { ...totals, ...counts, documents, seconds, encodingSeconds, place, settledRecords }
  }
  const reject = (rejection: Rejection) => {
    totals.failed += 1
    onRejected?.(rejection)
  }
  const rejectUnread = (rejection: Rejection) => {
    totals.read += 1
    reject(rejection)
  }
  const finish = (source: DocumentUnderWay, rejection?: Rejection) => {
    if (rejection !== undefined && source.rejection === null) {
      source.rejection = rejection
      reject(rejection)
    }
    const finished = tracker.finishPassage(source)
    if (finished === null) return
    totals.points -= finished.replacedPoints
    if (source.rejection === null) totals.encoded += 1
    // what cannot be stored of a document cannot be stored of its copies
    else for (const copy of source.copies) reject({ ...source.rejection, place: copy.place, id: copy.document.id })
  }
  // one after the other, although several batches are under way
  let telling = Promise.resolve()
  const tell = () => {
    telling = telling.then(() => onProgress?.(progress()))
    return telling
  }
  writer.onWritten = async ({ stored, refused }: WrittenBatch) => {
    totals.points += stored.length
    for (const { source } of stored) finish(source)
    for (const { item, rejection } of refused) finish(item.source, rejection)
    await tell()
  }
  const onCompared = async ({ passages, hasSettled, last }: ComparedDocuments) => {
    if (passages.length > 0) encodingStarted ??= performance.now()
    if (!hasSettled) return
    place = last!.place
    await tell()
  }
  const compare = (documents: readonly PlacedDocument[]) => {
    for (const { document } of documents) onDocument?.(pointId(document))
    return tracker.compare(documents)
  }

  const documents = countRead(partitionOf(goodDocuments(input, rejectUnread, signal), partition), totals)
  const compared = mapOrdered(withHeld(documents, tracker, signal), LISTS_COMPARED, compare)
  const passages = passagesOf(compared, onCompared)
  const pieces = cutPieceStream(passages, ({ document }) => document.text, encoder.pieceLimits, signal)
  const encode = (piece: readonly Passage[]) => encodeDocuments(piece, encoder, 'document')
  try {
    for await (const { encoded, rejected } of mapOrdered(pieces, encoder.concurrency, encode)) {
      for (const { item, rejection } of rejected) finish(item.source, rejection)
      countTokens(encoded, totals)
      place = encoded.at(-1)?.place ?? place
      await writer.write(encoded)
    }
    await writer.flush()
  } finally {
    await writer.idle()
  }
  const { truncated, tokensLost } = totals
  const interrupted = signal?.aborted === true
  const last = progress()
  // what an interrupted run had on its way is read again
  const read = interrupted ? last.documents + last.failed : last.read
  return { ...last, read, truncated, tokensLost, interrupted, firstRepeated: tracker.firstRepeated }
}

async function* countRead(
  lists: AsyncIterable<PlacedDocument[]>,
  totals: { read: number },
): AsyncGenerator<PlacedDocument[]> {
  for await (const list of lists) {
    totals.read += list.length
    yield list
  }
}

/** The documents, and at the end those that were held back for later ones that did not come. */
async function* withHeld(
  lists: AsyncIterable<PlacedDocument[]>,
  tracker: DocumentTracker,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlacedDocument[]> {
  yield* lists
  if (signal?.aborted !== true) yield tracker.takeHeld()
}

/** The passages of documents that changed, list by list; the others are told of on the way. */
async function* passagesOf(
  compared: AsyncIterable<ComparedDocuments>,
  onCompared: (documents: ComparedDocuments) => Promise<void>,
): AsyncGenerator<readonly Passage[]> {
  for await (const documents of compared) {
    await onCompared(documents)
    if (documents.passages.length > 0) yield documents.passages
  }
}

/** Adds up tokens; a document counts as truncated once, whatever its chunks. */
function countTokens(
  encoded: readonly EncodedPassage[],
  totals: { tokens: number; truncated: number; tokensLost: number },
): void {
  for (const { batch, index, source } of encoded) {
    const lost = batch.cutTokens[index]!
    totals.tokens += batch.tokens[index]!
    totals.tokensLost += lost
    if (lost === 0 || source.isTruncated) continue
    source.isTruncated = true
    totals.truncated += 1
  }
}

/** An input whose first records are read already; `close` is needed where the rest is not read. */
interface StartedInput<T> extends AsyncIterable<T> {
  close(): Promise<void>
}

async function startReading<T>(records: AsyncIterable<T>): Promise<StartedInput<T>> {
  const iterator = records[Symbol.asyncIterator]()
  const first = await iterator.next()
  return {
    async *[Symbol.asyncIterator]() {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    },
    async close() {
      await iterator.return?.()
    },
  }
}
