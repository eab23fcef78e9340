import { resolve } from 'node:path'
import { toErrorRecord } from '../../error-record.js'
import { currentProcess } from '../../files/process-identity.js'
import type { StoredCollection } from '../collection/opened-collection.js'
import { identifyInput } from '../runs/input-identity.js'
import { newRunId, RunJournal } from '../runs/run-journal.js'
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
  const { store, collection } = stored
  let journal: RunJournal | null = null
  const beforePrepare = async () => {
    await options.beforePrepare?.()
    const storedPoints = restart ? 0 : ((await store.describeCollection(collection))?.points ?? 0)
    const now = new Date()
    const at = now.toISOString()
    journal = await RunJournal.create(folder, {
      version: 1,
      id: newRunId(now),
      started: at,
      args,
      cwd: process.cwd(),
      sources: [resolve(file)],
      store: store.location,
      collection,
      fingerprint: { vectorsFrom: file },
      reading: {},
    })
    const input = await identifyInput([file])
    await journal.append({ kind: 'session', at, process: currentProcess(), input, storedPoints, settledRecords: 0 })
  }
  // assigned in a callback, which the compiler does not see
  const opened = () => journal as RunJournal | null
  try {
    const summary = await ingestVectors(file, stored, { ...options, beforePrepare })
    const { points, failed, seconds } = summary
    const counts = { documents: points, points, unchanged: 0, failed, tokens: 0, seconds, settledRecords: 0 }
    const at = new Date().toISOString()
    await opened()?.append({ kind: 'progress', at, ...counts })
    await opened()?.append({ kind: 'end', at, state: summary.interrupted ? 'interrupted' : 'done' })
    return summary
  } catch (error) {
    const { code, message } = toErrorRecord(error)
    const end = { kind: 'end', at: new Date().toISOString(), state: 'failed', error: { code, message } } as const
    await opened()
      ?.append(end)
      .catch(() => {})
    throw error
  } finally {
    await opened()?.close()
  }
}
