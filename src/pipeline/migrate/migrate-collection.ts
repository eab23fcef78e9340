import { STORED_FIELDS } from '../../document.js'
import { StoreError } from '../../errors.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { Store } from '../../stores/store.js'
import { denseAt } from '../../vectors.js'
import { unwrapPayload } from '../collection/layout.js'
import { type MigratePointsOptions, type MigrationProgress, migratePoints } from './migrate-points.js'
import { type MigrationPlan, prepareTarget } from './migration-plan.js'

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
  /** Drop the first collection when the second is verified; where its own name was given, that becomes an alias. @default false */
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
  migration: MigrationPlan,
  encoder: PooledEncoder,
  options: MigrateOptions = {},
): Promise<Migration> {
  const { name, source, target, aliases } = migration
  await prepareTarget(store, migration)
  let progress = await migratePoints(store, migration, encoder, options)
  const none = { points: 0, verified: 0, switched: [], dropped: false }
  for (let pass = 1; ; pass++) {
    if (options.signal?.aborted === true) return { ...progress, ...none, interrupted: true }
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
  const { dropOld = false } = options
  if (aliases.length > 0) await store.aliases!.switch(aliases, target)
  if (dropOld) {
    await store.deleteCollection(source)
    if (name === source) await store.aliases?.switch([name], target)
  }
  const switched = dropOld && name === source ? [...aliases, name] : aliases
  const points = await store.count(target)
  return { ...progress, points, verified, switched, dropped: dropOld, interrupted: false }
}

/** A later pass over the same points: what it read is no more than before. */
function sum(first: MigrationProgress, later: MigrationProgress): MigrationProgress {
  return {
    ...later,
    stored: first.stored + later.stored,
    unchanged: first.unchanged,
    deleted: first.deleted + later.deleted,
    tokens: first.tokens + later.tokens,
    seconds: first.seconds + later.seconds,
  }
}

/** @returns how many vectors were held against new ones of their texts */
async function verifySample(store: Store, { target, plan }: MigrationPlan, encoder: PooledEncoder): Promise<number> {
  const { vector } = plan.vectors.dense!
  const hits = await store.query(target, { query: { sample: 'random' }, limit: SAMPLED_POINTS })
  const points = await store.retrieve(
    target,
    hits.map(({ id }) => id),
    { vectors: [vector] },
  )
  const texts = points.map(({ payload }) => String(unwrapPayload(payload ?? {}, plan)[STORED_FIELDS.text]))
  const { dense } = await encoder.encode(texts, 'document')
  for (const [i, { id, vectors }] of points.entries()) {
    const stored = Float32Array.from((vectors as Record<string, number[]>)[vector] ?? [])
    const cosine = cosineOf(stored, denseAt(dense!, i))
    if (cosine >= SAME_COSINE) continue
    throw new StoreError(
      'MIGRATION_UNVERIFIED',
      `Point ${id} of "${target}": expected the vector of its text, got one with a cosine of ${cosine.toFixed(4)} to it. The aliases are as they were.`,
    )
  }
  return points.length
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [dot, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < b.length; i++) {
    dot += (a[i] ?? 0) * b[i]!
    squareA += (a[i] ?? 0) ** 2
    squareB += b[i]! ** 2
  }
  return dot / Math.sqrt(squareA * squareB)
}
