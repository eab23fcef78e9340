import { resolve } from 'node:path'
import { recipeAsJson } from '../../pipeline/collection/collection-plan.js'
import { type PlannedMigration, planMigration, prepareTarget } from '../../pipeline/migrate/migration-plan.js'
import { planRanges, rangePoints } from '../../pipeline/migrate/point-ranges.js'
import { type MigrationSummary, migrationId, type QueuedMigration } from '../../pipeline/parts/queued-migration.js'
import type { PartQueue } from '../../queue/part-queue.js'
import { withStore } from '../../stores/open-store.js'
import { describeMigration } from '../report/describe-migration.js'
import type { Terminal } from '../shared/terminal.js'
import type { ServerLocation } from './queue-flags.js'
import { type QueuedFlags, runQueued } from './run-queued.js'

export interface QueuedMigrationFlags extends QueuedFlags {
  readonly collection: string
  readonly model: string
  readonly to?: string
  readonly dropOld?: boolean
  readonly errors?: string
}

/** Points of a part, for tests of small collections. */
const PART_POINTS = Number(process.env.OFFGRID_PART_POINTS) || undefined

/** Plans a migration, puts its ranges of points into the queue, and works on them until the run has ended (or not, with --plan-only). @returns the exit code */
export async function runQueuedMigration(
  flags: QueuedMigrationFlags,
  location: ServerLocation,
  terminal: Terminal,
): Promise<number> {
  const migration = await withStore(location, 'write', (store) =>
    planMigration(store, flags.collection, flags.model, flags.to),
  )
  const { source, target, plan } = migration
  const { url } = location
  return runQueued<MigrationSummary>(
    {
      noun: 'point',
      about: { store: url, source, target },
      plan: (queue, signal) => planRun(migration, flags, location, queue, terminal, signal),
      describe: async (summary) => ({
        fields: { source, target, model: plan.vectors.dense!.model },
        lines:
          summary.isCancelled || summary.setAside.length > 0
            ? [`"${target}" does not hold everything: the aliases are as they were`]
            : describeMigration(migration, summary, url, flags.dropOld === true),
      }),
    },
    flags,
    terminal,
  )
}

/** @returns the id of the run, which may have been planned before */
async function planRun(
  migration: PlannedMigration,
  flags: QueuedMigrationFlags,
  location: ServerLocation,
  queue: PartQueue,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const { name, source, target, found, plan, spec, options } = migration
  const { apiKey, apiKeyFile, caFile, ...open } = location
  const head = { source, collection: target, recipe: recipeAsJson(plan) }
  const id = migrationId({ ...head, url: open.url })
  if ((await queue.openRuns()).includes(id)) {
    terminal.note(`run ${id} was planned before and goes on`)
    return id
  }
  await withStore({ ...location, loader: `queue-${id}` }, 'write', async (store) => {
    await prepareTarget(store, migration)
    const parts = await planRanges(store, source, PART_POINTS ?? rangePoints(found.points), signal)
    signal.throwIfAborted()
    await store.beginLoad(target)
    const content: QueuedMigration = {
      ...head,
      kind: 'migration',
      version: 1,
      started: new Date().toISOString(),
      name,
      sources: [source],
      records: found.points,
      dropOld: flags.dropOld === true,
      location: open,
      spec,
      idField: options.idField ?? null,
      mapping: options.mapping ?? null,
      chunking: options.chunking ?? null,
      declared: {},
      layout: plan.layout ?? null,
      errors: flags.errors === undefined ? null : resolve(flags.errors),
    }
    if (!(await queue.add({ id, content, parts })))
      terminal.note(`run ${id} was planned by another at the same time, and goes on`)
  })
  return id
}
