import type { Command } from 'commander'
import { given } from '../../options.js'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import { exportPoints } from '../../pipeline/points-files/export-points.js'
import { recipeVectors } from '../../pipeline/points-files/points-recipe.js'
import { openPointsWriter } from '../../pipeline/points-files/points-writer.js'
import { withStore } from '../../stores/open-store.js'
import type { Filter } from '../../stores/store.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, parseFilterFlag, parseNames, type StoreFlags, storeLocation } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { fillOutput, outputFailure } from '../shared/output-file.js'
import { type CommonFlags, countOf, formatDuration, Terminal } from '../shared/terminal.js'

interface ExportFlags extends CommonFlags, StoreFlags {
  readonly out: string
  readonly collection: string
  readonly vectors: string
  readonly filter?: string
}

export function addExport(command: Command, setExitCode: (code: number) => void): void {
  command
    .requiredOption('--out <file>', 'a .parquet or .jsonl file')
    .option('--collection <name>', 'collection to export', DEFAULT_COLLECTION)
  addStoreOptions(command)
    .option('--vectors <names>', 'names of vectors, or dense,bm25,late', 'all')
    .option('--filter <json>', "Qdrant's filter: only the points that match")
    .action(async (flags: ExportFlags) => setExitCode(await runExport(flags)))
}

async function runExport(flags: ExportFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const filter = parseFilterFlag(flags.filter) as Filter | undefined
  return withStore(storeLocation(flags, process.env), 'read', async (store) => {
    using interrupt = interruptible(() => terminal.note('stopping'))
    using bar = terminal.progress('export')
    const started = performance.now()
    // what is read for a query is not held against its checksum; what goes into a file is
    await store.requireIntact?.(flags.collection)
    const stored = { store, collection: flags.collection }
    const { recipe, count, points } = await exportPoints(stored, {
      ...(flags.vectors !== 'all' && { vectors: parseNames(flags.vectors) }),
      ...given({ filter }),
      signal: interrupt.signal,
    })
    const writer = await openPointsWriter(flags.out, recipe).catch(outputFailure('--out', flags.out))
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
  })
}
