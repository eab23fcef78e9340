import type { Command } from 'commander'
import { exportPoints } from '../../pipeline/points-files/export-points.js'
import { recipeVectors } from '../../pipeline/points-files/points-recipe.js'
import { openPointsWriter } from '../../pipeline/points-files/points-writer.js'
import { requireIntact } from '../../stores/local/verify-store.js'
import { openStore } from '../../stores/open-store.js'
import type { Filter } from '../../stores/store.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, DEFAULT_COLLECTION, parseFilter, type StoreFlags, storeLocation } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { fillOutput, toOutputError } from '../shared/output-file.js'
import { type CommonFlags, countOf, formatDuration, Terminal } from '../shared/terminal.js'

interface ExportFlags extends CommonFlags, StoreFlags {
  readonly out: string
  readonly collection: string
  readonly vectors: string
  readonly filter?: string
}

export function addExport(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('export')
    .description(
      'Write the points of a collection with their vectors to a file. "ingest --vectors-from" stores them elsewhere without computing.',
    )
    .requiredOption('--out <file>', 'a .parquet or .jsonl file')
    .option('--collection <name>', 'collection to export', DEFAULT_COLLECTION)
  addStoreOptions(command)
    .option('--vectors <names>', 'names of vectors, or dense,bm25,late', 'all')
    .option('--filter <json>', "Qdrant's filter: only the points that match")
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no progress')
    .action(async (flags: ExportFlags) => setExitCode(await runExport(flags)))
}

async function runExport(flags: ExportFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const filter = parseFilter(flags.filter) as Filter | undefined
  const location = storeLocation(flags, process.env)
  // what is read for a query is not held against its checksum; what goes into a file is
  if ('path' in location) await requireIntact(location.path, flags.collection)
  const store = await openStore(location, 'read')
  const interrupt = interruptible(() => terminal.note('stopping'))
  const bar = terminal.progress('export')
  const started = performance.now()
  try {
    const { recipe, count, points } = await exportPoints(store, flags.collection, {
      ...(flags.vectors !== 'all' && { vectors: flags.vectors.split(',').map((name) => name.trim()) }),
      ...(filter !== undefined && { filter }),
      signal: interrupt.signal,
    })
    const writer = await openPointsWriter(flags.out, recipe).catch((error: unknown) => {
      throw toOutputError('--out', flags.out, error)
    })
    let written = 0
    const isWritten = await fillOutput(flags.out, writer, interrupt.signal, async () => {
      for await (const page of points) {
        await writer.write(page)
        written += page.length
        bar.update(count === 0 ? null : written / count, `${written} of ${countOf(count, 'point')}`)
      }
      bar.stop()
    })
    if (!isWritten) {
      terminal.warn('interrupted: nothing was written')
      return EXIT_CODE.interrupted
    }
    const seconds = (performance.now() - started) / 1000
    const vectors = recipeVectors(recipe).map(({ name }) => name)
    terminal.result(
      { points: written, vectors, seconds, collection: flags.collection, store: store.location, out: flags.out },
      `${written} points with ${vectors.join(', ') || 'no vectors'} written to ${flags.out} in ${formatDuration(seconds)}`,
    )
    return EXIT_CODE.done
  } finally {
    bar.stop()
    interrupt.dispose()
    await store.close()
  }
}
