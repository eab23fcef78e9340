import { resolve } from 'node:path'
import type { StoredCollection } from '../collection/opened-collection.js'
import { resolveCollection } from '../collection/resolve-collection.js'
import { identifyInput } from '../runs/input-identity.js'
import { RunSession } from '../runs/run-session.js'
import { type IngestVectorsOptions, ingestVectors, type StoredVectors } from './ingest-vectors.js'

/** A load of a file of points as its journal keeps it. */
export interface VectorsRequest {
  /** Folder of journals. */
  readonly folder: string
  /** Arguments of the command line that do it again. */
  readonly args: readonly string[]
  readonly file: string
  /** The collection is dropped for this load. */
  readonly restart: boolean
}

/**
 * {@link ingestVectors} with a journal, so that others know that the collection holds documents of another input: `--prune` leaves them alone.
 * @throws what {@link ingestVectors} throws
 */
export async function journalVectors(
  { folder, args, file, restart }: VectorsRequest,
  stored: StoredCollection,
  options: IngestVectorsOptions = {},
): Promise<StoredVectors & { readonly interrupted: boolean }> {
  const { store } = stored
  const collection = await resolveCollection(store, stored.collection)
  const session = new RunSession({ folder, args })
  const beforePrepare = async () => {
    const aliases = (await options.beforePrepare?.()) ?? []
    const storedPoints = restart ? 0 : ((await store.describeCollection(collection))?.points ?? 0)
    const fingerprint = { vectorsFrom: file }
    const key = { sources: [resolve(file)], store: store.location, collection, fingerprint, reading: {} }
    await session.begin(key, { input: await identifyInput([file]), storedPoints, settledRecords: 0 })
    return aliases
  }
  return session.during(async () => {
    const summary = await ingestVectors(file, { store, collection }, { ...options, beforePrepare })
    const { points, failed, seconds } = summary
    const counts = { documents: points, points, unchanged: 0, failed, tokens: 0, seconds, settledRecords: 0 }
    await session.append({ kind: 'progress', ...counts })
    await session.end(summary.interrupted ? 'interrupted' : 'done')
    return summary
  })
}
