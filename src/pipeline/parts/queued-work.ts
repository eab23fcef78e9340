import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { QueuedRunState } from '../../queue/part-queue.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import type { PointRange } from '../migrate/point-ranges.js'
import type { IngestOptions } from '../runs/ingest.js'
import { ingestPart } from './ingest-part.js'
import { type LoadSummary, summarizeLoad } from './load-summary.js'
import type { LoadPart, QueuedLoad } from './queued-load.js'
import { endMigration, type MigrationSummary, migratePart, type QueuedMigration } from './queued-migration.js'
import type { PartSummary, QueuedPartResult } from './queued-run.js'

/** What a queue may hold. */
export type QueuedWork = QueuedLoad | QueuedMigration

export interface QueuedPartOptions extends Pick<IngestOptions, 'signal' | 'onUpsert' | 'onRejected' | 'onRead'> {
  readonly onProgress: (progress: Omit<PartSummary, 'interrupted'>) => void
}

/**
 * Does one part of a run. Doing it twice does no harm.
 * @throws what `ingestPart` and `migratePart` throw
 */
export function doPart(
  work: QueuedWork,
  part: unknown,
  opened: OpenedCollection<PooledEncoder>,
  options: QueuedPartOptions,
): Promise<QueuedPartResult> {
  return work.kind === 'load'
    ? ingestPart(work, part as LoadPart, opened, options)
    : migratePart(work, part as PointRange, opened, options)
}

/**
 * Finishes a run whose parts are done or set aside. Doing it twice does no harm.
 * @returns null where it was stopped before its end
 * @throws what the store and `endMigration` throw
 */
export async function doEnd(
  work: QueuedWork,
  state: QueuedRunState,
  opened: OpenedCollection<PooledEncoder>,
  signal: AbortSignal,
): Promise<LoadSummary | MigrationSummary | null> {
  if (work.kind === 'load') {
    await opened.store.endLoad(work.collection)
    return summarizeLoad(work, state, Date.now())
  }
  const summary = await endMigration(work, opened, state, signal, Date.now())
  return summary.interrupted ? null : summary
}
