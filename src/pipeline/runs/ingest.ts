import { type PointId, pointId } from '../../document.js'
import type { InputRecord } from '../../inputs/input-record.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { mapOrdered } from '../../pool/map-ordered.js'
import type { Point } from '../../stores/store.js'
import { hasFormerIds, withFormerIds } from '../collection/former-ids.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import { prepareCollection } from '../collection/prepare-collection.js'
import { DocumentChunker } from '../documents/document-chunker.js'
import { type ComparedDocuments, DocumentTracker } from '../documents/document-tracker.js'
import { type EncodeStreamOptions, encodeStream } from '../documents/encode-documents.js'
import { goodDocuments, type PlacedDocument } from '../documents/good-documents.js'
import { type Partition, partitionOf } from '../documents/partition.js'
import type { Passage } from '../documents/passage.js'
import type { RepeatedDocuments } from '../documents/repeated-documents.js'
import { StoredDocuments } from '../documents/stored-documents.js'
import { type IngestListeners, type IngestSummary, IngestTally } from './ingest-tally.js'
import { PointWriter, type WrittenBatch } from './point-writer.js'
import type { UpsertWatcher } from './upsert-window.js'

/** What earlier runs over the same input found. */
export interface KnownInput {
  /** Number of records, counted from the beginning, that an earlier run settled. For these it is only checked that their points exist, not what the points hold. */
  readonly settledRecords: number
  readonly repeated: RepeatedDocuments | null
}

/** Of an input that nobody read before. */
export const NOTHING_KNOWN: KnownInput = { settledRecords: 0, repeated: null }

/** Once `signal` is aborted, nothing more is begun; what is under way is encoded and stored. */
export interface IngestOptions extends IngestListeners, EncodeStreamOptions {
  /** Called after each upsert. */
  readonly onUpsert?: UpsertWatcher
  /** Called with the points of each batch that the store took, and waited for. */
  readonly onStored?: ((points: readonly Point[]) => Promise<void>) | undefined
  /**
   * Called once the input can be read, before the collection is looked at: what starts over drops it here, and not for a command that fails.
   * @returns names that are to stand for the collection that is made then
   */
  readonly beforePrepare?: (() => Promise<readonly string[]>) | undefined
  /**
   * Called once the input can be read and the collection fits, before anything is stored, with the points that are there.
   * @returns what earlier runs know of the input
   */
  readonly onBegin?: (storedPoints: number) => Promise<KnownInput>
  /** Called with the key of each document that could be read: the id of its point, or of the point that it would be if it were not cut. */
  readonly onDocument?: (key: PointId) => void
  /** Path of the text field, which chunks leave out; of several those with a long text. @default as for reading */
  readonly textField?: string | readonly string[] | undefined
  /** The part of the documents that is ingested. @default all */
  readonly partition?: Partition | undefined
  /** Others go on with the load: what waits for its end is not put back. @default false */
  readonly isPart?: boolean
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
  const { beforePrepare, onBegin, textField, isPart = false } = options
  const started = performance.now()
  // an input that is not there must not leave an empty collection behind
  const input = await startReading(records)
  try {
    const chunker = await DocumentChunker.ofPlan(plan, textField)
    const aliases = await beforePrepare?.()
    const storedPoints = await prepareCollection(opened, aliases)
    const known = (await onBegin?.(storedPoints)) ?? NOTHING_KNOWN
    const stored = new StoredDocuments(opened, chunker)
    const tracker = new DocumentTracker({
      chunker,
      // a document may come twice with fewer chunks: then even an empty collection has to be asked
      stored: storedPoints > 0 || chunker !== null ? stored : null,
      settledRecords: known.settledRecords,
      repeated: known.repeated,
    })
    const tally = new IngestTally(tracker, started, options)
    const onWritten = async (batch: WrittenBatch) => {
      await tally.written(batch)
      await options.onStored?.(batch.points)
    }
    const writer = new PointWriter(opened, stored, onWritten, options.onUpsert)
    const found = storedPoints > 0 ? await store.describeCollection(collection) : null
    const records = found !== null && hasFormerIds(found) ? withFormerIds(input) : input
    await store.beginLoad(collection)
    await storeDocuments(records, encoder, tracker, writer, tally, options)
    const summary = tally.summarize(options.signal?.aborted === true)
    // an interrupted run is going to be continued: what waits for the end of the load waits for that, too
    if (!summary.interrupted) await store.endLoad(collection, { isPart })
    return { ...summary, seconds: (performance.now() - started) / 1000 }
  } finally {
    await input.close()
  }
}

/** Documents through comparison, encoder and writer. */
async function storeDocuments(
  input: AsyncIterable<readonly InputRecord[]>,
  encoder: PooledEncoder,
  tracker: DocumentTracker,
  writer: PointWriter,
  tally: IngestTally,
  { onDocument, onRead, signal, partition }: IngestOptions,
): Promise<void> {
  const compare = (documents: readonly PlacedDocument[]) => {
    for (const { document } of documents) onDocument?.(pointId(document))
    return tracker.compare(documents)
  }
  const good = goodDocuments(input, (rejection) => tally.rejectRecord(rejection), signal)
  const documents = countRead(partitionOf(good, partition), tally)
  const compared = mapOrdered(withHeld(documents, tracker, signal), LISTS_COMPARED, compare)
  try {
    for await (const piece of encodeStream(passagesOf(compared, tally), encoder, 'document', { signal, onRead })) {
      tally.encoded(piece)
      await writer.write(piece.encoded)
    }
    await writer.flush()
  } finally {
    await writer.idle()
  }
}

async function* countRead(
  lists: AsyncIterable<PlacedDocument[]>,
  tally: IngestTally,
): AsyncGenerator<PlacedDocument[]> {
  for await (const list of lists) {
    tally.readDocuments(list.length)
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
  tally: IngestTally,
): AsyncGenerator<readonly Passage[]> {
  for await (const documents of compared) {
    await tally.compared(documents)
    if (documents.passages.length > 0) yield documents.passages
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
