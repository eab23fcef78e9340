import { createHash } from 'node:crypto'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { QueuedRunState } from '../../queue/part-queue.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import { aliasesOf } from '../collection/resolve-collection.js'
import type { Rejection } from '../documents/good-documents.js'
import { finishMigration, type Migration } from '../migrate/migrate-collection.js'
import { type MigratePointsOptions, type MigrationProgress, migratePoints } from '../migrate/migrate-points.js'
import type { MigrationPlan } from '../migrate/migration-plan.js'
import type { PointRange } from '../migrate/point-ranges.js'
import { KEPT_REJECTIONS, type PartSummary, type QueuedPartResult, type QueuedRun } from './queued-run.js'
import { type QueuedSummary, summarizeQueued, sumParts } from './queued-summary.js'

/** A migration, whose parts are ranges of points. */
export interface QueuedMigration extends QueuedRun {
  readonly kind: 'migration'
  /** The name that was given: an alias, or the first collection's own. */
  readonly name: string
  /** The first collection; what is filled is the second. */
  readonly source: string
  readonly dropOld: boolean
}

export interface MigrationPartResult extends QueuedPartResult {
  readonly summary: PartSummary & MigrationProgress
}

/** What became of a migration by many. */
export interface MigrationSummary extends QueuedSummary, Migration {
  /** Since it was planned. */
  readonly seconds: number
}

const COUNTS = ['read', 'stored', 'unchanged', 'failed', 'deleted', 'tokens', 'tokensLost', 'seconds'] as const

/** The same for the same collections and models: the same command again finds its run. */
export function migrationId(
  migration: Pick<QueuedMigration, 'source' | 'collection' | 'recipe'> & { readonly url: string },
): string {
  const { source, collection, recipe, url } = migration
  const key = ['migration', url, source, collection, recipe]
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12)
}

/** Migrates one range of points. What is there already is left as it is, so a part can be done twice. */
export async function migratePart(
  migration: QueuedMigration,
  range: PointRange,
  { store, plan, encoder }: OpenedCollection<PooledEncoder>,
  options: Omit<MigratePointsOptions, 'onProgress'> & { readonly onProgress?: (summary: PartSummary) => void },
): Promise<MigrationPartResult> {
  const { onProgress, onRejected, signal } = options
  const summarize = (progress: MigrationProgress) => ({
    ...progress,
    documents: progress.stored + progress.unchanged,
    points: progress.stored,
    interrupted: signal?.aborted === true,
  })
  const rejected: Rejection[] = []
  const watching: MigratePointsOptions = {
    ...options,
    onProgress: (progress) => onProgress?.(summarize(progress)),
    onRejected: (rejection) => {
      if (rejected.length < KEPT_REJECTIONS) rejected.push(rejection)
      onRejected?.(rejection)
    },
  }
  const progress = await migratePoints(store, planOf(migration, plan), encoder, watching, range)
  if (signal?.aborted !== true) await store.endLoad(migration.collection, { isPart: true })
  return { summary: summarize(progress), rejected }
}

/**
 * Finishes a migration whose parts are done: what was written meanwhile follows, it is verified, and the aliases are switched. Where parts were set aside or
 * the run was cancelled, the aliases stay as they are. Doing it twice does no harm.
 * @param now milliseconds since the epoch
 * @throws as `finishMigration`
 */
export async function endMigration(
  migration: QueuedMigration,
  { store, plan, encoder }: OpenedCollection<PooledEncoder>,
  state: QueuedRunState,
  signal: AbortSignal,
  now: number,
): Promise<MigrationSummary> {
  const { name, source, collection, dropOld } = migration
  const moved: MigrationProgress = sumParts(state.results, COUNTS)
  const summarize = (made: Migration): MigrationSummary => ({
    ...made,
    documents: made.stored + made.unchanged,
    ...summarizeQueued(migration, state, now),
  })
  const unfinished: Migration = { ...moved, points: 0, verified: 0, switched: [], dropped: false, interrupted: false }
  if (state.isCancelled || state.setAside.length > 0) {
    await store.endLoad(collection)
    return summarize({ ...unfinished, points: await store.count(collection) })
  }
  // an end that died after it had dropped the first collection, whose name may be an alias by now
  if (dropOld && !(await store.listCollections()).includes(source)) {
    if (name === source) await store.aliases?.switch([name], collection)
    const switched = await aliasesOf(store, collection)
    return summarize({ ...unfinished, points: await store.count(collection), switched, dropped: true })
  }
  const made = await finishMigration(store, planOf(migration, plan), encoder, moved, { signal, dropOld })
  return summarize(made)
}

function planOf({ name, source, collection }: QueuedMigration, plan: CollectionPlan): MigrationPlan {
  return { name, source, target: collection, plan }
}
