import { type Command, InvalidArgumentError, Option } from 'commander'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { Precision } from '../encoders/transformer.js'
import { InputError } from '../errors.js'
import { readDocuments } from '../inputs/read-documents.js'
import { type CollectionDeclaration, readDeclaration } from '../pipeline/collection-declaration.js'
import { type CollectionPlan, type Method, planCollection } from '../pipeline/collection-plan.js'
import type { Rejection } from '../pipeline/good-documents.js'
import { type IngestSummary, ingest } from '../pipeline/ingest.js'
import { openStore, type StoreLocation } from '../pipeline/open-store.js'
import { formatPartition, type Partition, parsePartition } from '../pipeline/partition.js'
import { declareCollection, dropCollection } from '../pipeline/prepare-collection.js'
import type { EncoderPool } from '../pool/encoder-pool.js'
import { QdrantStore } from '../stores/qdrant/qdrant-store.js'
import type { Store } from '../stores/store.js'
import { confirmDrop } from './confirm-drop.js'
import {
  addStoreOptions,
  DEFAULT_COLLECTION,
  DEFAULT_MODELS,
  integerFrom,
  parseMethods,
  type StoreFlags,
  storeLocation,
} from './flags.js'
import { runIngestVectors } from './ingest-vectors.js'
import { InputPosition } from './input-position.js'
import { interruptible } from './interrupt.js'
import { openReportedPool, type PoolFlags } from './open-reported-pool.js'
import { requireOtherFile } from './output-file.js'
import { parseBytes } from './parse-bytes.js'
import { formatPlace, openRejectionLog } from './rejection-log.js'
import { addReportOptions, describeFigures, type ReportFlags, RunReport } from './run-report.js'
import { type CommonFlags, formatDuration, Terminal } from './terminal.js'

interface IngestFlags extends CommonFlags, StoreFlags, ReportFlags, PoolFlags {
  readonly collection: string
  readonly collectionConfig?: string
  readonly bulk?: boolean
  readonly waitForGreen?: boolean
  readonly partition?: Partition
  readonly vectors: Method[]
  readonly text?: string
  readonly id?: string
  readonly model: string
  readonly lateModel: string
  readonly precision: Precision
  readonly maxTokens?: number
  readonly restart?: boolean
  readonly recreate?: boolean
  readonly yes?: boolean
  readonly errors?: string
  readonly vectorsFrom?: string
}

const EXIT_SOME_REJECTED = 3
const EXIT_INTERRUPTED = 130

export function addIngest(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('ingest')
    .description('Embed the documents of files and store them; the same command again continues where it stopped.')
    .argument('[source...]', 'JSONL, CSV or Parquet files, directories of .txt and .md files, or - for JSONL on stdin')
    .option('--collection <name>', 'collection to store in', DEFAULT_COLLECTION)
  addStoreOptions(command)
    .option(
      '--collection-config <file>',
      "JSON file with the collection's shards, replicas, quantization, indexes … by Qdrant's names (docs/scaling.md)",
    )
    .option(
      '--bulk',
      'on a server: no HNSW graphs while loading, put back at the end (default: where the collection is empty)',
    )
    .option('--no-bulk', 'on a server: leave the graphs alone')
    .option('--wait-for-green', 'at the end, wait until the server has indexed everything')
    .option('--partition <i/N>', 'only part i of N, by a hash of the id; all N may run at once', partition)
    .addOption(
      new Option('--vectors <list>', 'which vectors to make')
        .argParser(parseMethods)
        .default(parseMethods('dense,bm25,late'), 'dense,bm25,late'),
    )
    .option(
      '--text <field>',
      'field with the text (default: text, passage_text, document, content or body, with title in front)',
    )
    .option('--id <field>', 'field with the id (default: id, _id or qa_id)')
    .option('--model <name>', 'dense model', DEFAULT_MODELS.dense)
    .option('--late-model <name>', 'late-interaction model', DEFAULT_MODELS.late)
    .addOption(new Option('--precision <kind>', 'arithmetic of the model').choices(['fp32', 'int8']).default('fp32'))
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--isolate', 'workers as processes: what crashes one ends a batch, which is tried again, and not the run')
    .option('--memory <bytes>', 'resident memory to keep to, such as 1gb: fewer workers, smaller batches', parseBytes)
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--restart', 'drop the collection, if ingest made it, and start over')
    .option('--recreate', 'drop the collection whoever made it, and start over; asks for its name')
    .option('--yes', 'answer for --recreate where there is no terminal')
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .option(
      '--vectors-from <file>',
      'store what export or embed wrote (.parquet, .jsonl), computing nothing; no source',
    )
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no progress')
    .action(async (sources: string[], flags: IngestFlags) => setExitCode(await runIngest(sources, flags)))
  addReportOptions(command)
}

function partition(text: string): Partition {
  try {
    return parsePartition(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

async function runIngest(sources: readonly string[], flags: IngestFlags): Promise<number> {
  const terminal = new Terminal(flags)
  if (flags.vectorsFrom !== undefined) {
    const drop = (store: Store) => dropBefore(store, sources, flags)
    return await runIngestVectors(flags.vectorsFrom, sources, flags, terminal, drop)
  }
  if (sources.length === 0) throw new InputError('INVALID_OPTION', 'Expected a source of documents or --vectors-from.')
  await requireOtherFile('--errors', flags.errors, sources)
  refuseDropOfParts(flags)
  const declared = flags.collectionConfig === undefined ? {} : await readDeclaration(flags.collectionConfig)
  const plan = declareCollection(await planCollection(encoderSpec(flags), flags.id ?? null), declared)
  const store = await openStore(ingestLocation(flags, declared))
  const interrupt = interruptible(() =>
    terminal.note('stopping: finishing the batches under way; press Ctrl-C again to end at once'),
  )
  try {
    await dropBefore(store, sources, flags)
    await using report = await RunReport.open(flags, store, terminal, {
      sources,
      collection: flags.collection,
      vectors: plan.vectors,
    })
    await using pool = await openReportedPool(flags, plan.spec, report)
    const summary = await ingestWithProgress(sources, flags, plan, pool, report, terminal, interrupt.signal).catch(
      (error: unknown) => {
        report.failed(error)
        throw error
      },
    )
    if (summary.interrupted)
      terminal.warn('interrupted: what was encoded is stored; the same command continues from there')
    if (summary.interrupted) return EXIT_INTERRUPTED
    if (flags.waitForGreen === true && store instanceof QdrantStore) {
      terminal.note('waiting until the server has indexed everything; Ctrl-C leaves it to itself')
      await store.waitUntilGreen(flags.collection, interrupt.signal).catch((error) => {
        if (!interrupt.signal.aborted) throw error
      })
    }
    return summary.failed > 0 ? EXIT_SOME_REJECTED : 0
  } finally {
    interrupt.dispose()
    await store.close()
  }
}

/** Where to, with what the server is to do with it. */
function ingestLocation(flags: IngestFlags, { ordering, shard_key: shardKey }: CollectionDeclaration): StoreLocation {
  const location = storeLocation(flags, process.env)
  if ('path' in location) return location
  return {
    ...location,
    ...(flags.bulk !== undefined && { bulk: flags.bulk ? 'on' : 'off' }),
    ...(flags.partition !== undefined && { loader: formatPartition(flags.partition) }),
    ...(ordering && { ordering }),
    ...(shardKey !== undefined && { shardKey }),
  }
}

function refuseDropOfParts({ partition, restart, recreate }: IngestFlags): void {
  if (partition === undefined || partition.count === 1 || (restart !== true && recreate !== true)) return
  throw new InputError(
    'INVALID_OPTION',
    'Expected --partition without --restart and --recreate: it would drop what the other parts have stored. Drop the collection once, before all parts.',
  )
}

/** --restart and --recreate. */
async function dropBefore(store: Store, sources: readonly string[], flags: IngestFlags): Promise<void> {
  const { collection, restart, recreate, yes = false } = flags
  if (recreate === true) {
    const found = await store.describeCollection(collection)
    const readsStdin = sources.includes('-')
    if (found !== null) await confirmDrop(collection, found.points, store.location, { yes, readsStdin })
  }
  if (restart === true || recreate === true) await dropCollection(store, collection, recreate === true)
}

function encoderSpec(flags: IngestFlags): EncoderSpec {
  return {
    ...(flags.vectors.includes('dense') && { dense: flags.model }),
    ...(flags.vectors.includes('bm25') && { sparse: DEFAULT_MODELS.bm25 }),
    ...(flags.vectors.includes('late') && { late: flags.lateModel }),
    precision: flags.precision,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
  }
}

async function ingestWithProgress(
  sources: readonly string[],
  flags: IngestFlags,
  plan: CollectionPlan,
  pool: EncoderPool,
  report: RunReport,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<IngestSummary> {
  const store = report.watch.watchedStore()
  const position = await InputPosition.of(sources)
  const records = readDocuments(sources, {
    ...(flags.text !== undefined && { text: flags.text }),
    ...(flags.id !== undefined && { id: flags.id }),
  })
  const log = await openRejectionLog(flags.errors)
  const bar = terminal.progress('ingest')
  const rejections: Rejection[] = []
  try {
    const summary = await ingest(
      report.watch.watchRecords(records),
      store,
      flags.collection,
      plan,
      pool.encoder(plan.spec),
      {
        signal,
        partition: flags.partition,
        onRejected: (rejection) => {
          log.write(rejection)
          report.rejected(rejection)
          if (rejections.length < SHOWN_REJECTIONS) rejections.push(rejection)
        },
        onProgress: (progress) => {
          const { documents, tokens, seconds, place } = progress
          const figures = report.progress({ ...progress, cutTokens: progress.tokensLost })
          const fraction = position.fractionAt(place)
          const rate = `${documents} documents, ${(documents / seconds).toFixed(1)}/s, ${Math.round(tokens / seconds)} tokens/s`
          const eta =
            fraction !== null && fraction > 0 ? `, ${formatDuration((seconds / fraction) * (1 - fraction))} left` : ''
          bar.update(fraction, `${rate}, ${describeFigures(figures)}${eta}`)
        },
      },
    )
    bar.stop()
    report.ended(summary)
    for (const { place, code, reason } of rejections)
      terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
    if (summary.failed > rejections.length)
      terminal.note(
        `… and ${summary.failed - rejections.length} more${flags.errors ? '' : '; --errors FILE keeps them all'}`,
      )
    printSummary(summary, flags, store, pool, terminal)
    return summary
  } finally {
    bar.stop()
    await log.close()
  }
}

/** Rejections that are shown; all go to --errors FILE. */
const SHOWN_REJECTIONS = 10

function printSummary(
  summary: IngestSummary,
  flags: IngestFlags,
  store: Store,
  pool: EncoderPool,
  terminal: Terminal,
): void {
  const { documents, points, unchanged, failed, truncated, tokens, tokensLost, seconds } = summary
  const result = {
    documents,
    points,
    unchanged,
    failed,
    truncated,
    tokensLost,
    tokens,
    seconds,
    documentsPerSecond: documents / seconds,
    tokensPerSecond: tokens / seconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    precision: flags.precision,
    workers: pool.workers,
    collection: flags.collection,
    store: store.location,
  }
  const lines = [
    `${points} points stored in collection "${flags.collection}" (${store.location})`,
    `${documents} documents, ${unchanged} unchanged, ${failed} rejected`,
    `${tokens} tokens in ${formatDuration(seconds)}: ${result.documentsPerSecond.toFixed(1)} documents/s, ${Math.round(result.tokensPerSecond)} tokens/s, ${pool.workers} workers, peak memory ${Math.round(result.peakRssBytes / 1e6)} MB`,
  ]
  if (truncated > 0)
    lines.push(`${truncated} documents were longer than the model takes: ${tokensLost} tokens were cut off`)
  terminal.result(result, lines.join('\n'))
}
