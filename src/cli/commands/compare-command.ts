import { stat } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { InputError } from '../../errors.js'
import { ParquetThread } from '../../inputs/parquet/parquet-thread.js'
import { given } from '../../options.js'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import { collectionSource } from '../../pipeline/compare/collection-source.js'
import { type ComparedVector, type Comparison, compareSources } from '../../pipeline/compare/compare-sources.js'
import { fileSource } from '../../pipeline/compare/file-source.js'
import type { VectorSource } from '../../pipeline/compare/vector-source.js'
import { openStore } from '../../stores/open-store.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { integerFrom, type StoreFlags, storeLocation } from '../shared/flags.js'
import { runInterruptibly } from '../shared/run-interruptibly.js'
import { type CommonFlags, countOf, formatTable, Terminal } from '../shared/terminal.js'

interface CompareFlags extends CommonFlags, Pick<StoreFlags, 'apiKeyFile' | 'caFile'> {
  readonly collection: string
  readonly queries: number
  readonly minCosine?: number
}

/** As for documents: longest time without progress in a damaged file. */
const PARQUET_STALL_MS = 30_000
const DIGITS = 9

export function addCompare(command: Command, setExitCode: (code: number) => void): void {
  command
    .argument(
      '<a>',
      'a file of embed or export (.jsonl, .npy, .parquet), a store as DIR or DIR#COLLECTION, or a server as URL#COLLECTION',
    )
    .argument('<b>', 'the same')
    .option('--collection <name>', 'collection of a store or server that names none', DEFAULT_COLLECTION)
    .option(
      '--min-cosine <x>',
      'take vectors for the same whose cosine is at least this, however they were made (0.9999)',
      parseCosine,
    )
    .option(
      '--queries <n>',
      'documents whose vectors are taken for questions, to see whether the first ten hits change',
      integerFrom(0),
      20,
    )
    .option(
      '--api-key-file <file>',
      "file that holds a server's API key alone (default QDRANT_API_KEY, QDRANT_API_KEY_FILE)",
    )
    .option('--ca-file <file>', "PEM file of the private authority that signed a server's certificate")
    .addHelpText('after', '\nExit code 0: the same; 1: they differ (or it failed: then --json prints an error).')
    .action(async (a: string, b: string, flags: CompareFlags) => setExitCode(await runCompare(a, b, flags)))
}

async function runCompare(a: string, b: string, flags: CompareFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const code = await runInterruptibly(terminal, 'compare', async (signal, bar) => {
    await using left = await openPlace(a, flags)
    await using right = await openPlace(b, flags)
    const comparison = await compareSources(left.source, right.source, {
      queries: flags.queries,
      signal,
      onProgress: (points) => bar.update(null, countOf(points, 'point')),
    })
    const isSame = areSame(comparison, flags.minCosine)
    const sides = { a: left.source.place, b: right.source.place }
    terminal.result({ same: isSame, ...sides, ...comparison }, toText(comparison, sides, isSame, flags.minCosine))
    return isSame ? EXIT_CODE.done : EXIT_CODE.failed
  })
  return code ?? EXIT_CODE.interrupted
}

interface OpenedPlace extends AsyncDisposable {
  readonly source: VectorSource
}

async function openPlace(text: string, flags: CompareFlags): Promise<OpenedPlace> {
  const isThere = await stat(text).catch(() => null)
  const [, place = text, collection = flags.collection] = isThere === null ? (/^(.*)#([^#]+)$/.exec(text) ?? []) : []
  const isUrl = /^https?:\/\//i.test(place)
  if (isThere?.isFile()) {
    const thread = new ParquetThread(PARQUET_STALL_MS)
    const close = () => thread.close()
    const source = await fileSource(place, thread).catch(async (error: unknown) => {
      await close()
      throw error
    })
    return { source, [Symbol.asyncDispose]: close }
  }
  if (!isUrl && !(await stat(place).catch(() => null))?.isDirectory()) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected a file of vectors, a store or a URL, got ${place}, which is not there.`,
    )
  }
  const { apiKeyFile, caFile } = flags
  const location = storeLocation(
    isUrl ? { url: place, ...given({ apiKeyFile, caFile }) } : { store: place },
    process.env,
  )
  const store = await openStore(location, 'read')
  const source = await collectionSource({ store, collection }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return { source, [Symbol.asyncDispose]: () => store.close() }
}

/** Whether the two can stand for each other: to the last bit and by one recipe, or within a cosine that was asked for. */
function areSame({ points, damaged, recipe, vectors }: Comparison, minCosine: number | undefined): boolean {
  if (points.onlyA + points.onlyB + damaged.a + damaged.b > 0 || vectors.length === 0) return false
  if (vectors.some(({ onOneSide, otherShape }) => onOneSide + otherShape > 0)) return false
  if (minCosine !== undefined) return vectors.every(({ cosine }) => cosine === null || cosine.min >= minCosine)
  return recipe?.isSame !== false && vectors.every((vector) => vector.sameBits === vector.points)
}

function toText(
  { recipe, points, damaged, vectors }: Comparison,
  { a, b }: { readonly a: string; readonly b: string },
  isSame: boolean,
  minCosine: number | undefined,
): string {
  const only = [
    ...(points.onlyA === 0 ? [] : [`${points.onlyA} only in A`]),
    ...(points.onlyB === 0 ? [] : [`${points.onlyB} only in B`]),
    ...(damaged.a + damaged.b === 0 ? [] : [`${damaged.a + damaged.b} that cannot be read`]),
  ]
  const header = ['vector', 'points', 'same bits', 'cosine: min', 'mean', 'first ten changed']
  const what = minCosine === undefined ? 'to the last bit' : `within a cosine of ${minCosine}`
  return [
    `A  ${a}`,
    `B  ${b}`,
    `recipe: ${recipe === null ? 'not told by both' : recipe.isSame ? 'the same' : 'differs'}`,
    ...(recipe?.differences ?? []).map((difference) => `  ${difference}`),
    `points: ${[`${points.both} in both`, ...only].join(', ')}`,
    ...(vectors.length === 0 ? ['no vector is in both'] : [formatTable(header, vectors.map(toRow))]),
    ...vectors.flatMap(({ cosine, name }) =>
      cosine === null || cosine.min === 1 ? [] : [`${name}: furthest apart is ${cosine.worst}`],
    ),
    isSame ? `the same, ${what}` : `not the same${minCosine === undefined ? '' : `, ${what}`}`,
  ].join('\n')
}

function toRow({ name, nameInB, points, sameBits, otherShape, cosine, firstTen }: ComparedVector): (string | number)[] {
  return [
    name === nameInB ? name : `${name} / ${nameInB}`,
    points,
    sameBits,
    cosine === null ? (otherShape > 0 ? 'other size' : '-') : cosine.min.toFixed(DIGITS),
    cosine === null ? '-' : cosine.mean.toFixed(DIGITS),
    firstTen === null ? '-' : `${firstTen.changed} of ${firstTen.queries}`,
  ]
}

function parseCosine(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= -1 && value <= 1))
    throw new InvalidArgumentError('Expected a number from -1 to 1.')
  return value
}
