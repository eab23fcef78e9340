import { readPart } from '../../inputs/parts/read-part.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import type { Rejection } from '../documents/good-documents.js'
import { RepeatedDocuments } from '../documents/repeated-documents.js'
import { type IngestOptions, ingest } from '../runs/ingest.js'
import type { LoadPart, LoadPartResult, QueuedLoad } from './queued-load.js'
import { KEPT_REJECTIONS } from './queued-run.js'

/**
 * Ingests one part of a load, in the folder in which it was planned. What is stored already is left as it is, so a part can be done twice.
 * @throws what {@link ingest} throws; InputError `INPUT_CHANGED` if its file is not what it was
 */
export async function ingestPart(
  load: QueuedLoad,
  { input, firstRecord }: LoadPart,
  opened: OpenedCollection<PooledEncoder>,
  options: Pick<IngestOptions, 'signal' | 'onProgress' | 'onRejected' | 'onUpsert' | 'onRead'> = {},
): Promise<LoadPartResult> {
  const { reading, textField, repeated } = load
  const rejected: Rejection[] = []
  const known = new Map(repeated.map(([key, record]) => [key, record - firstRecord]))
  const summary = await ingest(readPart(input, reading), opened, {
    ...options,
    textField: textField ?? undefined,
    isPart: true,
    onBegin: async () => ({ settledRecords: 0, repeated: new RepeatedDocuments(known) }),
    onRejected: (rejection) => {
      if (rejected.length < KEPT_REJECTIONS) rejected.push(rejection)
      options.onRejected?.(rejection)
    },
  })
  return { summary, rejected }
}
