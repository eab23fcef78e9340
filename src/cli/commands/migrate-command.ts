import type { Command } from 'commander'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import { withStore } from '../../stores/open-store.js'
import { addQueueOption, requireServer } from '../queue/queue-flags.js'
import type { QueuedMigrationFlags } from '../queue/queued-migrate.js'
import { describeEndedMigration, describeMigration } from '../report/describe-migration.js'
import { addPoolOptions, openReportedPool } from '../report/open-reported-pool.js'
import { RejectionLog } from '../report/rejection-log.js'
import { addReportOptions, RunReport, reportNeed } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, GIVE_UP_AFTER, giveUpAfterMs, storeLocation } from '../shared/flags.js'
import { refuseIdleOptions } from '../shared/idle-options.js'
import { interruptible } from '../shared/interrupt.js'
import { type CommonFlags, countOf, Terminal } from '../shared/terminal.js'

interface MigrateFlags extends CommonFlags, QueuedMigrationFlags {
  readonly giveUpAfter: number
}

export function addMigrate(command: Command, setExitCode: (code: number) => void): void {
  addStoreOptions(
    command.option('--collection <name>', 'collection, or the alias that searches use', DEFAULT_COLLECTION),
  )
    .option(...GIVE_UP_AFTER)
    .requiredOption('--model <name>', 'the new dense model')
    .option('--to <name>', "name of the second collection (default: the first with the model's name behind it)")
    .option('--drop-old', 'drop the first collection at the end, if the second is verified and nothing was left out')
    .option('--errors <file>', 'write the points that cannot be encoded to this file as JSONL')
  addPoolOptions(command)
  addQueueOption(
    command,
    'give ranges of the points to all workers of this Redis or Valkey, redis://HOST:PORT, and work on them (docs/scaling.md)',
  ).option('--plan-only', 'with --queue: end when the parts are in the queue')
  addReportOptions(command)
  command.action(async (flags: MigrateFlags) => {
    refuseIdleOptions(command, [
      reportNeed(flags),
      { options: ['planOnly'], isMet: flags.queue !== undefined, need: '--queue URL beside it' },
    ])
    setExitCode(await migrate(flags))
  })
}

async function migrate(flags: MigrateFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const place = storeLocation(flags, process.env)
  const location = place.kind === 'qdrant' ? { ...place, giveUpAfterMs: giveUpAfterMs(flags) } : place
  if (flags.queue !== undefined) {
    const { runQueuedMigration } = await import('../queue/queued-migrate.js')
    return await runQueuedMigration(flags, requireServer(location), terminal)
  }
  const { planMigration } = await import('../../pipeline/migrate/migration-plan.js')
  const { migrateCollection } = await import('../../pipeline/migrate/migrate-collection.js')
  const { endDroppedMigration } = await import('../../pipeline/migrate/end-dropped-migration.js')
  return withStore(location, 'write', async (store) => {
    using interrupt = interruptible(() => terminal.note('stopping: finishing the batches under way'))
    const ended = await endDroppedMigration(store, flags.collection, flags.model, flags.to)
    if (ended !== null) {
      terminal.result(ended, describeEndedMigration(ended, store.location).join('\n'))
      return EXIT_CODE.done
    }
    const migration = await planMigration(store, flags.collection, flags.model, flags.to)
    const { source, target, found, plan } = migration
    await using report = await RunReport.open(flags, terminal, { store: store.location, source, target })
    report.watch.watchStore(store)
    await using pool = await openReportedPool(flags, plan.spec, report)
    const log = await RejectionLog.open(flags.errors)
    const bar = terminal.progress('migrate')
    const result = await migrateCollection(store, migration, pool.encoder(plan.spec), {
      dropOld: flags.dropOld === true,
      signal: interrupt.signal,
      onRejected: (rejection) => log.add(rejection),
      onProgress: ({ read, stored, unchanged, tokens, tokensLost, failed, seconds }) => {
        report.progress({
          documents: stored + unchanged,
          points: stored,
          unchanged,
          failed,
          tokens,
          cutTokens: tokensLost,
        })
        bar.update(
          found.points === 0 ? null : Math.min(1, (stored + unchanged + failed) / found.points),
          `${stored + unchanged} of ${countOf(found.points, 'point')}`,
          `${(stored / seconds).toFixed(1)}/s`,
          `${read} read`,
        )
      },
    })
      .catch((error: unknown) => {
        throw report.failed(error)
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
    const lines = describeMigration(migration, result, store.location, flags.dropOld === true)
    terminal.result({ source, target, ...result, model: plan.vectors.dense!.model }, lines.join('\n'))
    return result.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  })
}
