import { Bm25Encoder } from '../../encoders/bm25/bm25.js'
import { fitAvgLen } from '../../encoders/bm25/bm25-weight.js'
import { optionError } from '../../errors.js'
import type { InputRecord } from '../../inputs/input-record.js'
import { readRecordedBm25 } from '../../stores/collection-metadata.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import { goodDocuments } from './good-documents.js'

/**
 * The plan with BM25's `avgLen` from the documents that are to be stored: a first pass over all of them. A collection that was filled
 * before keeps the one that it has, so that the same command again continues it.
 * @param records the input, read for this alone
 * @param startsOver what the collection has is going to be dropped
 * @throws InputError `EMPTY_CORPUS`; `INVALID_OPTION` where there is no BM25, or none of whole documents
 */
export async function fitBm25(
  { store, collection, plan }: PlannedCollection,
  records: AsyncIterable<readonly InputRecord[]>,
  signal: AbortSignal,
  startsOver = false,
): Promise<CollectionPlan> {
  const { sparse, bm25, modelsFolder } = plan.spec
  const isOfChunks = plan.chunking !== null && plan.vectors.bm25?.documentVector === undefined
  if (sparse === undefined || isOfChunks) {
    const reason = sparse === undefined ? 'BM25 is not among the vectors' : 'documents are cut into chunks'
    throw optionError(`avgLen cannot be fitted where ${reason}: expected a number, or nothing.`)
  }
  const found = startsOver ? null : await store.describeCollection(collection)
  // the recipe of a collection that holds nothing binds nobody
  const recorded = found !== null && found.points > 0 ? readRecordedBm25(found.metadata)?.avgLen : undefined
  if (typeof recorded === 'number') return withAvgLen(plan, recorded)
  const encoder = await Bm25Encoder.open({ model: sparse, ...bm25 }, modelsFolder)
  let terms = 0
  let documents = 0
  for await (const list of goodDocuments(records, () => {}, signal)) {
    for (const { document } of list) terms += encoder.documentLength(document.text)
    documents += list.length
  }
  // of an interrupted pass nothing is taken: the caller stops as well
  return signal.aborted ? plan : withAvgLen(plan, fitAvgLen(terms, documents))
}

function withAvgLen(plan: CollectionPlan, avgLen: number): CollectionPlan {
  return { ...plan, spec: { ...plan.spec, bm25: { ...plan.spec.bm25, avgLen } } }
}
