import type { Command } from 'commander'
import { optionError } from '../../errors.js'
import { resolveCollection } from '../../pipeline/collection/resolve-collection.js'
import { journalVectors } from '../../pipeline/points-files/journal-vectors.js'
import { runsFolder } from '../../pipeline/runs/run-records.js'
import { withStore } from '../../stores/open-store.js'
import { RejectionLog } from '../report/rejection-log.js'
import { describeFigures, type ReportFlags, RunReport, rejectedPart, reportNeed } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { refuseIdleOptions, typedOptions } from '../shared/idle-options.js'
import { interruptible } from '../shared/interrupt.js'
import { requireOtherFile } from '../shared/output-file.js'
import { type CommonFlags, countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import { continuingArgs } from './continuing-args.js'
import { ingestLocation, prepareDrop, settleCollection, startsOver, type TargetFlags } from './ingest-target.js'

export interface VectorsFromFlags extends CommonFlags, TargetFlags, ReportFlags {
  readonly errors?: string
}

/**
 * `ingest --vectors-from FILE`: stores what `export` or `embed --out FILE.parquet` wrote, computing nothing.
 */
export async function runIngestVectors(
  file: string,
  sources: readonly string[],
  said: VectorsFromFlags,
  terminal: Terminal,
  command: Command,
): Promise<number> {
  if (sources.length > 0) {
    throw optionError(
      `--vectors-from: the file holds documents and vectors; expected no other source, got ${sources.join(', ')}.`,
    )
  }
  refuseOtherOptions(command)
  refuseIdleOptions(command, [reportNeed(said)])
  await requireOtherFile('--errors', said.errors, [file])
  await requireOtherFile('--log', said.log, [file])
  const location = ingestLocation(said, {})
  return withStore(location, 'write', async (store) => {
    using interrupt = interruptible(() =>
      terminal.note('stopping: finishing the batch under way; press Ctrl-C again to end at once'),
    )
    const flags = { ...said, collection: await resolveCollection(store, said.collection) }
    const drop = await prepareDrop(store, sources, flags)
    await using report = await RunReport.open(flags, terminal, {
      store: store.location,
      collection: flags.collection,
      vectorsFrom: file,
    })
    const log = await RejectionLog.open(flags.errors, report)
    try {
      using bar = terminal.progress('ingest')
      const request = {
        folder: runsFolder(location),
        args: continuingArgs(command, [], location),
        file,
        restart: startsOver(flags),
      }
      report.watch.watchStore(store)
      const stored = { store, collection: flags.collection }
      const summary = await journalVectors(request, stored, {
        signal: interrupt.signal,
        beforePrepare: drop,
        onUpsert: report.watch.onUpsert,
        onRejected: (rejection) => log.add(rejection),
        onProgress: ({ points, failed, seconds }) => {
          const counts = { documents: points, points, unchanged: 0, failed, tokens: 0, cutTokens: 0 }
          const figures = report.progress(counts)
          bar.update(
            null,
            `${(points / seconds).toFixed(1)}/s`,
            ...rejectedPart(failed),
            countOf(points, 'point'),
            ...describeFigures(figures),
          )
        },
      })
      bar.stop()
      report.ended(summary)
      log.show(terminal)
      const { points, repeated, failed, seconds, interrupted } = summary
      const again = repeated === 0 ? '' : `, ${repeated} repeated (of the points of one id the last is kept)`
      terminal.result(
        { points, repeated, failed, seconds, collection: flags.collection, store: store.location, from: file },
        `${countOf(points, 'point')} of ${file} stored in collection "${flags.collection}" (${store.location}) in ${formatDuration(seconds)}, ${failed} rejected${again}`,
      )
      if (interrupted) terminal.warn('interrupted: what was read is stored; the same command stores it all')
      if (interrupted) return EXIT_CODE.interrupted
      await settleCollection(store, flags, terminal, interrupt.signal)
      return failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
    } catch (error) {
      throw report.failed(error)
    } finally {
      await log.close()
    }
  })
}

/** Options of `ingest` that mean something where nothing is read as a document and nothing is computed. */
const OWN_OPTIONS = [
  'vectorsFrom',
  'collection',
  'store',
  'url',
  'apiKeyFile',
  'caFile',
  'bulk',
  'waitForGreen',
  'giveUpAfter',
  'restart',
  'recreate',
  'yes',
  'errors',
  'metricsPort',
  'log',
  'logLevel',
  'json',
  'quiet',
]

/** @throws InputError `INVALID_OPTION` for an option that would be ignored */
function refuseOtherOptions(command: Command): void {
  const others = typedOptions(command).filter((option) => !OWN_OPTIONS.includes(option.attributeName()))
  if (others.length === 0) return
  throw optionError(
    `--vectors-from stores vectors as the file has them: expected no ${others.map(({ long }) => long).join(', ')} beside it.`,
  )
}
