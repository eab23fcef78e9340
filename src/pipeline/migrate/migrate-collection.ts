import { StoreError } from '../../errors.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { cosineSimilarity } from '../../scoring/distance.js'
import type { Store, StoredPoint } from '../../stores/store.js'
import { denseAt } from '../../vectors.js'
import { migratedFromNow } from '../collection/migrated-from.js'
import { aliasesOf } from '../collection/resolve-collection.js'
import { namesOf } from '../collection/vector-naming.js'
import { chunksIn } from '../documents/passage.js'
import { type MigratePointsOptions, type MigrationProgress, migratePoints } from './migrate-points.js'
import { type MigrationPlan, type PlannedMigration, prepareTarget, REPLACES_KEY } from './migration-plan.js'
import { readIds } from './point-ranges.js'
import { chunkNumber, gatherDocuments, storedTextOf } from './stored-texts.js'

/** What became of a migration. */
export interface Migration extends MigrationProgress {
  /** Points of the second collection. */
  readonly points: number
  /** Points whose vectors were made again and found as they should be. */
  readonly verified: number
  /** Names that stand for the second collection now. */
  readonly switched: readonly string[]
  readonly dropped: boolean
  readonly interrupted: boolean
}

export interface MigrateOptions extends MigratePointsOptions {
  /** Drop the first collection when the second is verified and no point was left out; where its own name was given, that becomes an alias. @default false */
  readonly dropOld?: boolean
}

/** Passes over a collection that is written to meanwhile, before that is given up. */
const MAX_PASSES = 5
/** Points of the second collection whose vectors are made again. */
const SAMPLED_POINTS = 32
/** Of a vector with itself after a server has normalized it and stored it in float32. */
const SAME_COSINE = 0.9999

/**
 * Gives a collection another dense model: fills the second collection, verifies it (every point, and the vectors of a sample), and lets all aliases of
 * the first stand for it, in one request. Searches go on all the while. The same call again goes on where it was stopped.
 * @throws StoreError `MIGRATION_UNVERIFIED`, and what the store throws: the aliases are as they were
 */
export async function migrateCollection(
  store: Store,
  migration: PlannedMigration,
  encoder: PooledEncoder,
  options: MigrateOptions = {},
): Promise<Migration> {
  await prepareTarget(store, migration)
  const first = await migratePoints(store, migration, encoder, options)
  return finishMigration(store, migration, encoder, first, options)
}

/**
 * What follows when all points were moved once: what is gone is deleted, what was written meanwhile follows, and then the aliases are switched. It may be
 * done again.
 * @param first what was moved
 * @throws as {@link migrateCollection}
 */
export async function finishMigration(
  store: Store,
  migration: MigrationPlan,
  encoder: PooledEncoder,
  first: MigrationProgress,
  options: MigrateOptions = {},
): Promise<Migration> {
  const { name, source, target } = migration
  const { signal } = options
  let progress = first
  for (let pass = 1; ; pass++) {
    const deleted = await deleteGone(store, migration, signal)
    progress = { ...progress, deleted: progress.deleted + deleted }
    if (signal?.aborted === true) {
      return { ...progress, points: 0, verified: 0, switched: [], dropped: false, interrupted: true }
    }
    await store.endLoad(target)
    const [before, after] = [await store.count(source), await store.count(target)]
    if (after === before - progress.failed) break
    if (pass === MAX_PASSES)
      throw new StoreError(
        'MIGRATION_UNVERIFIED',
        `Expected as many points in "${target}" as in "${source}" (${before}${progress.failed === 0 ? '' : `, of which ${progress.failed} cannot be encoded`}), got ${after} after ${pass} passes. Is it written to? The aliases are as they were; the same command goes on.`,
      )
    progress = sum(progress, await migratePoints(store, migration, encoder, options))
  }
  const verified = await verifySample(store, migration, encoder)
  // what was written meanwhile was moved, too
  const [found, made] = [await store.describeCollection(source), await store.describeCollection(target)]
  await store.updateMetadata?.(target, migratedFromNow(source, found, made))
  const switched = await aliasesOf(store, source)
  if (switched.length > 0) await store.aliases!.switch(switched, target)
  // what was left out is nowhere else
  const dropped = options.dropOld === true && progress.failed === 0
  if (dropped) {
    if (name === source) await store.updateMetadata?.(target, { [REPLACES_KEY]: source })
    await store.deleteCollection(source)
    if (name === source) {
      await store.aliases?.switch([name], target)
      switched.push(name)
    }
  }
  const points = await store.count(target)
  return { ...progress, points, verified, switched, dropped, interrupted: false }
}

/** Deletes what the second collection has and the first has not. */
async function deleteGone(
  store: Store,
  { source, target }: MigrationPlan,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0
  for await (const ids of readIds(store, target, signal)) {
    const kept = new Set((await store.retrieve(source, ids, { payload: false })).map(({ id }) => id))
    const gone = ids.filter((id) => !kept.has(id))
    if (gone.length > 0) await store.delete(target, gone)
    deleted += gone.length
  }
  return deleted
}

/** A later pass over the same points: what it read is no more than before. */
function sum(first: MigrationProgress, later: MigrationProgress): MigrationProgress {
  return {
    ...later,
    stored: first.stored + later.stored,
    unchanged: first.unchanged,
    deleted: first.deleted + later.deleted,
    tokens: first.tokens + later.tokens,
    tokensLost: first.tokensLost + later.tokensLost,
    seconds: first.seconds + later.seconds,
  }
}

/** @returns how many points' vectors were held against new ones of their texts */
async function verifySample(store: Store, migration: MigrationPlan, encoder: PooledEncoder): Promise<number> {
  const { target, plan } = migration
  const { vector, documentVector } = plan.vectors.dense!
  const hits = await store.query(target, { query: { sample: 'random' }, limit: SAMPLED_POINTS })
  const ids = hits.map(({ id }) => id)
  const points = await store.retrieve(target, ids, { vectors: namesOf(plan.vectors.dense) })
  const isCut = ({ payload }: StoredPoint) => documentVector === undefined || chunksIn(payload) > 1
  const firsts = documentVector ? points.filter((point) => chunkNumber(point) === 0) : []
  const documents = await gatherDocuments(store, target, firsts.filter(isCut), plan)
  const wholes = new Map(documents.map(({ points: [first], whole }) => [first!.id, whole]))
  const samples = [
    ...points.filter(isCut).map((point) => ({ point, name: vector, text: storedTextOf(point, plan) })),
    ...firsts.map((point) => ({
      point,
      name: documentVector!,
      text: wholes.get(point.id) ?? storedTextOf(point, plan),
    })),
  ]
  const { dense } = await encoder.encode(
    samples.map(({ text = '' }) => text),
    'document',
  )
  for (const [i, { point, name }] of samples.entries()) {
    const stored = Float32Array.from((point.vectors as Record<string, number[]>)[name] ?? [])
    const cosine = cosineSimilarity(stored, 0, denseAt(dense!, i), 0, dense!.dimension)
    if (cosine >= SAME_COSINE) continue
    throw new StoreError(
      'MIGRATION_UNVERIFIED',
      `Point ${point.id} of "${target}": expected as "${name}" the vector of its text, got one with a cosine of ${cosine.toFixed(4)} to it. The aliases are as they were.`,
    )
  }
  return points.length
}
