import { InputError } from '../errors.js'
import type { Rejection } from '../pipeline/good-documents.js'
import { ingestVectors } from '../pipeline/ingest-vectors.js'
import { openStore } from '../pipeline/open-store.js'
import type { Store } from '../stores/store.js'
import { type StoreFlags, storeLocation } from './flags.js'
import { interruptible } from './interrupt.js'
import { requireOtherFile } from './output-file.js'
import { formatPlace, openRejectionLog } from './rejection-log.js'
import { describeFigures, type ReportFlags, RunReport } from './run-report.js'
import { type CommonFlags, formatDuration, type Terminal } from './terminal.js'

export interface VectorsFromFlags extends CommonFlags, StoreFlags, ReportFlags {
  readonly collection: string
  readonly errors?: string
}

/** Rejections that are shown; all go to --errors FILE. */
const SHOWN_REJECTIONS = 10
const EXIT_SOME_REJECTED = 3
const EXIT_INTERRUPTED = 130

/**
 * `ingest --vectors-from FILE`: stores what `export` or `embed --out FILE.parquet` wrote, computing nothing.
 * @param dropBefore drops the collection where the user asked for it
 */
export async function runIngestVectors(
  file: string,
  sources: readonly string[],
  flags: VectorsFromFlags,
  terminal: Terminal,
  dropBefore: (store: Store) => Promise<void>,
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
    await dropBefore(store)
    const report = await RunReport.open(flags, store, terminal, {
      collection: flags.collection,
      vectorsFrom: file,
    })
    const log = await openRejectionLog(flags.errors)
    const bar = terminal.progress('ingest')
    const rejections: Rejection[] = []
    try {
      const summary = await ingestVectors(file, report.watch.watchedStore(), flags.collection, {
        signal: interrupt.signal,
        onRejected: (rejection) => {
          log.write(rejection)
          report.rejected(rejection)
          if (rejections.length < SHOWN_REJECTIONS) rejections.push(rejection)
        },
        onProgress: ({ points, failed, seconds }) => {
          const counts = { documents: points, points, unchanged: 0, failed, tokens: 0, cutTokens: 0 }
          const figures = report.progress(counts)
          bar.update(null, `${points} points, ${(points / seconds).toFixed(1)}/s, ${describeFigures(figures)}`)
        },
      })
      bar.stop()
      report.ended(summary)
      for (const { place, code, reason } of rejections)
        terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
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
