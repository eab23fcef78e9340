import { InputError } from '../errors.js'
import { ingestVectors } from '../pipeline/ingest-vectors.js'
import { openStore } from '../pipeline/open-store.js'
import { storeLocation } from './flags.js'
import { interruptible } from './interrupt.js'
import { requireOtherFile } from './output-file.js'
import { openRejectionLog } from './rejection-log.js'
import { describeFigures, type ReportFlags, RunReport } from './run-report.js'
import { type CommonFlags, formatDuration, type Terminal } from './terminal.js'

export interface VectorsFromFlags extends CommonFlags, ReportFlags {
  readonly collection: string
  readonly store?: string
  readonly url?: string
  readonly restart?: boolean
  readonly errors?: string
}

const EXIT_SOME_REJECTED = 3
const EXIT_INTERRUPTED = 130

/** `ingest --vectors-from FILE`: stores what `export` or `embed --out FILE.parquet` wrote, computing nothing. */
export async function runIngestVectors(
  file: string,
  sources: readonly string[],
  flags: VectorsFromFlags,
  terminal: Terminal,
): Promise<number> {
  if (sources.length > 0) {
    throw new InputError(
      'INVALID_OPTION',
      `--vectors-from: the file holds documents and vectors; expected no other source, got ${sources.join(', ')}.`,
    )
  }
  await requireOtherFile('--errors', flags.errors, [file])
  const store = await openStore(storeLocation(flags, process.env))
  const interrupt = interruptible(() =>
    terminal.note('stopping: finishing the batch under way; press Ctrl-C again to end at once'),
  )
  try {
    if (flags.restart === true) await store.deleteCollection(flags.collection)
    const report = await RunReport.open(flags, store, null, terminal, { vectorsFrom: file })
    const log = await openRejectionLog(flags.errors)
    const bar = terminal.progress('ingest')
    try {
      const summary = await ingestVectors(file, report.watch.watchedStore(), flags.collection, {
        signal: interrupt.signal,
        onRejected: (rejection) => {
          log.write(rejection)
          report.rejected(rejection)
        },
        onProgress: ({ points, failed, seconds }) => {
          const counts = { documents: points, points, unchanged: 0, failed, tokens: 0, cutTokens: 0 }
          const figures = report.progress(counts)
          bar.update(null, `${points} points, ${(points / seconds).toFixed(1)}/s, ${describeFigures(figures)}`)
        },
      })
      bar.stop()
      report.ended(summary)
      const { points, failed, seconds, interrupted } = summary
      terminal.result(
        { points, failed, seconds, collection: flags.collection, store: store.location, from: file },
        `${points} points of ${file} stored in collection "${flags.collection}" (${store.location}) in ${formatDuration(seconds)}, ${failed} rejected`,
      )
      if (interrupted) terminal.warn('interrupted: what was read is stored; the same command stores it all')
      if (interrupted) return EXIT_INTERRUPTED
      return failed > 0 ? EXIT_SOME_REJECTED : 0
    } catch (error) {
      report.failed(error)
      throw error
    } finally {
      bar.stop()
      await log.close()
      await report.close()
    }
  } finally {
    interrupt.dispose()
    await store.close()
  }
}
