import type { Command } from 'commander'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import { openStore } from '../../stores/open-store.js'
import { addPoolOptions, openReportedPool, type PoolFlags } from '../report/open-reported-pool.js'
import { RejectionLog } from '../report/rejection-log.js'
import { addReportOptions, type ReportFlags, RunReport, reportNeed } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, type StoreFlags, storeLocation } from '../shared/flags.js'
import { refuseIdleOptions } from '../shared/idle-options.js'
import { interruptible } from '../shared/interrupt.js'
import { type CommonFlags, countOf, formatDuration, Terminal } from '../shared/terminal.js'

interface MigrateFlags extends CommonFlags, StoreFlags, PoolFlags, ReportFlags {
  readonly collection: string
  readonly model: string
  readonly to?: string
  readonly dropOld?: boolean
  readonly errors?: string
}

export function addMigrate(command: Command, setExitCode: (code: number) => void): void {
  addStoreOptions(
    command.option('--collection <name>', 'collection, or the alias that searches use', DEFAULT_COLLECTION),
  )
    .requiredOption('--model <name>', 'the new dense model')
    .option('--to <name>', "name of the second collection (default: the first with the model's name behind it)")
    .option('--drop-old', 'drop the first collection at the end, when the second is verified')
    .option('--errors <file>', 'write the points that cannot be encoded to this file as JSONL')
  addPoolOptions(command)
  addReportOptions(command)
  command.action(async (flags: MigrateFlags) => {
    refuseIdleOptions(command, [reportNeed(flags)])
    setExitCode(await migrate(flags))
  })
}

async function migrate(flags: MigrateFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const { planMigration } = await import('../../pipeline/migrate/migration-plan.js')
  const { migrateCollection } = await import('../../pipeline/migrate/migrate-collection.js')
  const store = await openStore(storeLocation(flags, process.env))
  const interrupt = interruptible(() => terminal.note('stopping: finishing the batches under way'))
  try {
    const migration = await planMigration(store, flags.collection, flags.model, flags.to)
    const { name, source, target, aliases, found, plan } = migration
    await using report = await RunReport.open(flags, terminal, { store: store.location, source, target })
    report.watch.watchStore(store)
    await using pool = await openReportedPool(flags, plan.spec, report)
    const log = await RejectionLog.open(flags.errors)
    const bar = terminal.progress('migrate')
    const result = await migrateCollection(store, migration, pool.encoder(plan.spec), {
      dropOld: flags.dropOld === true,
      signal: interrupt.signal,
      onRejected: (rejection) => log.add(rejection),
      onProgress: ({ read, stored, unchanged, tokens, failed, seconds }) => {
        report.progress({ documents: stored + unchanged, points: stored, unchanged, failed, tokens, cutTokens: 0 })
        bar.update(
          found.points === 0 ? null : Math.min(1, (stored + unchanged + failed) / found.points),
          `${stored + unchanged} of ${countOf(found.points, 'point')}`,
          `${(stored / seconds).toFixed(1)}/s`,
          `${read} read`,
        )
      },
    })
      .catch((error: unknown) => {
        report.failed(error)
        throw error
      })
      .finally(async () => {
        bar.stop()
        await log.close()
      })
    report.ended(result)
    log.show(terminal)
    if (result.interrupted) {
      terminal.warn(
        'interrupted: what was encoded is stored, and the aliases are as they were; the same command goes on',
      )
      return EXIT_CODE.interrupted
    }
    const { stored, unchanged, failed, deleted, points, verified, switched, dropped, seconds } = result
    const lines = [
      `${countOf(points, 'point')} in collection "${target}" (${store.location}): ${stored} encoded, ${unchanged} there before, ${failed} left out, ${deleted} deleted, in ${formatDuration(seconds)}`,
      `verified: as many points as "${source}", ${countOf(verified, 'vector')} made again and the same`,
      switched.length > 0
        ? `${switched.map((alias) => `"${alias}"`).join(', ')} ${switched.length === 1 ? 'stands' : 'stand'} for "${target}" now`
        : `"${name}" is a collection and no alias: searches of it go on with the old model. Search "${target}", or let --drop-old put an alias in its place`,
      dropped
        ? `"${source}" was dropped`
        : `"${source}" is still there${aliases.length > 0 ? ': to go back, switch the alias back (migrate with its model and --to)' : ''}`,
    ]
    terminal.result({ source, target, ...result, model: plan.vectors.dense!.model }, lines.join('\n'))
    return failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  } finally {
    interrupt.dispose()
    await store.close()
  }
}
