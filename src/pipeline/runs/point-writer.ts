import type { PointId } from '../../document.js'
import { PartialUpsertError } from '../../stores/partial-upsert-error.js'
import type { Point } from '../../stores/store.js'
import { denseAt, multivectorAt, sparseAt, type Vector } from '../../vectors.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import { wrapPayload } from '../collection/layout.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import type { VectorNames } from '../collection/vector-naming.js'
import type { EncodedDocument } from '../documents/encode-documents.js'
import type { Rejection } from '../documents/good-documents.js'
import { type DocumentUnderWay, type Passage, payloadOf } from '../documents/passage.js'
import type { StoredDocuments } from '../documents/stored-documents.js'
import { UpsertBatches } from './upsert-batches.js'
import { type UpsertWatcher, watchedUpsert } from './upsert-window.js'

export type EncodedPassage = EncodedDocument<Passage>

/** What became of a batch: the store refused some for what they are. */
export interface WrittenBatch {
  readonly stored: readonly EncodedPassage[]
  /** Of those, in their order. */
  readonly points: readonly Point[]
  readonly refused: readonly { readonly item: EncodedPassage; readonly rejection: Rejection }[]
}

/** Makes points of encoded passages and stores them in batches. */
export class PointWriter {
  readonly #planned: PlannedCollection
  readonly #storedDocuments: StoredDocuments
  readonly #batches: UpsertBatches<EncodedPassage>
  readonly #onUpsert: UpsertWatcher | undefined

  /** @param onWritten called after each batch that was stored, and waited for */
  constructor(
    planned: PlannedCollection,
    storedDocuments: StoredDocuments,
    onWritten: (batch: WrittenBatch) => Promise<void>,
    onUpsert?: UpsertWatcher,
  ) {
    this.#planned = planned
    this.#storedDocuments = storedDocuments
    this.#onUpsert = onUpsert
    this.#batches = new UpsertBatches<EncodedPassage>({
      streams: planned.store.upsertStreams,
      idOf: ({ id }) => id,
      bytesOf: encodedBytes,
      upsert: async (batch) => onWritten(await this.#storeBatch(batch)),
    })
  }

  async write(passages: readonly EncodedPassage[]): Promise<void> {
    for (const passage of passages) {
      if (passage.source.beginWriting()) await this.#beginDocument(passage.source)
      await this.#batches.add(passage)
    }
  }

  /** Stores what is left and waits for all that is under way. */
  flush(): Promise<void> {
    return this.#batches.flush()
  }

  /** Waits for all that is under way, whatever comes of it. */
  idle(): Promise<void> {
    return this.#batches.idle()
  }

  /**
   * Deletes the points of an earlier version of the document that this one does not replace. That comes before its first chunk is stored:
   * after a stop in between, the old first chunk still says how many there were.
   */
  async #beginDocument(source: DocumentUnderWay): Promise<void> {
    const { store, collection, plan } = this.#planned
    if (plan.chunking === null) return
    if (source.isAgain) {
      await this.flush()
      source.sawStored(await this.#storedDocuments.formOf(source.key))
    }
    await store.delete(collection, source.stalePoints())
  }

  async #storeBatch(batch: readonly EncodedPassage[]): Promise<WrittenBatch> {
    const points = batch.map((passage) => toPoint(passage, this.#planned.plan))
    try {
      await watchedUpsert(this.#planned, points, this.#onUpsert)
      return { stored: batch, points, refused: [] }
    } catch (error) {
      if (!(error instanceof PartialUpsertError && error.isRefusal)) throw error
      const reasons = new Map(error.failed.map(({ id, reason }) => [id, reason]))
      const refused = batch.flatMap((item) => {
        const reason = reasons.get(item.id)
        if (reason === undefined) return []
        return [{ item, rejection: { place: item.place, id: item.document.id, code: 'POINT_REFUSED', reason } }]
      })
      const isStored = ({ id }: { id: PointId }) => !reasons.has(id)
      return { stored: batch.filter(isStored), points: points.filter(isStored), refused }
    }
  }
}

function toPoint(passage: EncodedPassage, plan: CollectionPlan): Point {
  const payload = wrapPayload(payloadOf(passage), passage.id, plan)
  return { id: passage.id, vectors: plannedVectors(passage, plan), payload }
}

/** The vectors of an encoded passage by the names that a plan gives them, and on the first of a document those of all of it. */
export function plannedVectors(
  { batch, index, wholeIndex, number }: Pick<EncodedPassage, 'batch' | 'index' | 'wholeIndex' | 'number'>,
  { vectors: { dense, bm25, late } }: Pick<CollectionPlan, 'vectors'>,
): Record<string, Vector> {
  const named: Record<string, Vector> = {}
  const add = (names: VectorNames, vectorOf: (text: number) => Vector) => {
    const { vector, documentVector } = names
    // what is all of its document has that vector alone
    if (documentVector === undefined || number > 0 || wholeIndex !== index) named[vector] = vectorOf(index)
    if (documentVector !== undefined && number === 0) named[documentVector] = vectorOf(wholeIndex)
  }
  if (dense !== undefined) add(dense, (text) => denseAt(batch.dense!, text))
  if (bm25 !== undefined) add(bm25, (text) => sparseAt(batch.sparse!, text))
  if (late !== undefined) add(late, (text) => multivectorAt(batch.late!, text))
  return named
}

/** About what the vectors of an encoded text take; those of whole documents are few beside these. */
export function encodedBytes({
  batch: { dense, sparse, late },
  index,
}: Pick<EncodedPassage, 'batch' | 'index'>): number {
  const floats = (dense?.dimension ?? 0) + (late === undefined ? 0 : multivectorAt(late, index).values.length)
  return 4 * floats + (sparse === undefined ? 0 : 12 * sparseAt(sparse, index).indices.length)
}
