import { type Command, Option } from 'commander'
import { Bm25Encoder } from '../encoders/bm25.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { Precision } from '../encoders/transformer.js'
import { InputError } from '../errors.js'
import { readDocuments } from '../inputs/read-documents.js'
import { readDeclaration } from '../pipeline/collection-declaration.js'
import { type CollectionPlan, type Method, planCollection } from '../pipeline/collection-plan.js'
import { fitBm25 } from '../pipeline/fit-bm25.js'
import type { Rejection } from '../pipeline/good-documents.js'
import type { IngestOptions } from '../pipeline/ingest.js'
import { openStore } from '../pipeline/open-store.js'
import { parsePartition } from '../pipeline/partition.js'
import { declareCollection } from '../pipeline/prepare-collection.js'
import { type RunRequest, type RunSummary, runIngest } from '../pipeline/run-ingest.js'
import { runsFolder } from '../pipeline/run-records.js'
import type { EncoderPool } from '../pool/encoder-pool.js'
import type { Store } from '../stores/store.js'
import { continuingArgs, formatCommand } from './continuing-args.js'
import { DEFAULT_MODELS, integerFrom, parseAvgLen, parseChunking, parseMethods } from './flags.js'
import {
  addTargetOptions,
  ingestLocation,
  prepareDrop,
  refuseForParts,
  settleCollection,
  startsOver,
  type TargetFlags,
} from './ingest-target.js'
import { runIngestVectors } from './ingest-vectors.js'
import { InputPosition } from './input-position.js'
import { interruptible } from './interrupt.js'
import { openReportedPool, type PoolFlags } from './open-reported-pool.js'
import { requireOtherFile } from './output-file.js'
import { parseBytes } from './parse-bytes.js'
import { formatPlace, openRejectionLog } from './rejection-log.js'
import { addReportOptions, describeFigures, type ReportFlags, RunReport } from './run-report.js'
import { type CommonFlags, formatDuration, Terminal } from './terminal.js'

interface IngestFlags extends CommonFlags, TargetFlags, ReportFlags, PoolFlags {
  readonly vectors: Method[]
  readonly text?: string
  readonly id?: string
  readonly model: string
  readonly lateModel: string
  readonly precision: Precision
  readonly maxTokens?: number
  readonly chunk?: number
  readonly overlap?: number
  readonly poolFactor?: number
  readonly language?: string
  readonly avgLen?: number | 'fit'
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
  addTargetOptions(command)
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
    .option('--language <name>', "language of BM25's stemmer and stopwords (default: english)")
    .option(
      '--avg-len <n>',
      "BM25's mean document length in terms (default: 256); fit takes it from the documents, in a first pass",
      parseAvgLen,
    )
    .option('--pool-factor <n>', 'rows of a multivector that become one, in documents (default: 1)', integerFrom(1))
    .option('--chunk <tokens>', 'cut documents into chunks of whole sentences, each a point', integerFrom(3))
    .option('--overlap <tokens>', 'tokens that a chunk repeats of the one before (default 0)', integerFrom(0))
    .option('--prune', 'delete the points of documents that the input does not have any more')
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .option(
      '--vectors-from <file>',
      'store what export or embed wrote (.parquet, .jsonl), computing nothing; no source',
    )
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no progress')
    .action(async (sources: string[], flags: IngestFlags, command: Command) =>
      setExitCode(await ingestSources(sources, flags, command)),
    )
  addReportOptions(command)
}

async function ingestSources(sources: readonly string[], flags: IngestFlags, command: Command): Promise<number> {
  const terminal = new Terminal(flags)
  if (flags.vectorsFrom !== undefined) {
    return await runIngestVectors(flags.vectorsFrom, sources, flags, terminal, command)
  }
  if (sources.length === 0) throw new InputError('INVALID_OPTION', 'Expected a source of documents or --vectors-from.')
  await requireOtherFile('--errors', flags.errors, sources)
  refuseForParts(flags)
  const declared = flags.collectionConfig === undefined ? {} : await readDeclaration(flags.collectionConfig)
  const spec = encoderSpec(flags)
  // an unknown language must not leave a collection behind
  if (spec.bm25 !== undefined) await Bm25Encoder.open({ model: DEFAULT_MODELS.bm25, ...spec.bm25 })
  const made = await planCollection(spec, {
    idField: flags.id,
    chunking: parseChunking(flags, flags.model),
  })
  const plan = declareCollection(made, declared)
  const location = ingestLocation(flags, declared)
  const run: RunRequest = {
    folder: runsFolder(location),
    args: continuingArgs(command, sources, location),
    sources,
    reading: {
      text: flags.text ?? null,
      id: flags.id ?? null,
      ...(flags.partition !== undefined && { partition: flags.partition }),
    },
    restart: startsOver(flags),
    prune: flags.prune === true,
  }
  const store = await openStore(location)
  const interrupt = interruptible(() =>
    terminal.note('stopping: finishing the batches under way; press Ctrl-C again to end at once'),
  )
  try {
    const drop = await prepareDrop(store, sources, flags)
    const fitted =
      flags.avgLen === 'fit'
        ? await fitBm25(store, flags.collection, plan, readTwice(run, flags), interrupt.signal, run.restart)
        : plan
    if (fitted === plan && interrupt.signal.aborted) return EXIT_INTERRUPTED
    await using report = await RunReport.open(flags, store, terminal, {
      sources,
      collection: flags.collection,
      vectors: plan.vectors,
    })
    await using pool = await openReportedPool(flags, plan.spec, report)
    const summary = await ingestWithProgress(run, flags, fitted, pool, report, terminal, {
      signal: interrupt.signal,
      beforePrepare: drop,
    }).catch((error: unknown) => {
      report.failed(error)
      throw error
    })
    if (summary.interrupted) {
      terminal.warn(`interrupted: what was encoded is stored; to continue: ${formatCommand(run.args)}`)
      return EXIT_INTERRUPTED
    }
    if (run.prune && summary.pruned === null)
      terminal.warn('nothing was pruned: a record that could not be read may be a document that is stored')
    await settleCollection(store, flags, terminal, interrupt.signal)
    return summary.failed > 0 ? EXIT_SOME_REJECTED : 0
  } finally {
    interrupt.dispose()
    await store.close()
  }
}

/** @throws InputError `INVALID_OPTION` if stdin, which is read once, is to be read twice */
function readTwice(run: RunRequest, flags: IngestFlags) {
  if (run.sources.includes('-')) {
    throw new InputError('INVALID_OPTION', '--avg-len fit reads the documents twice: expected files, got - (stdin).')
  }
  return readInput(run, flags)
}

function readInput(run: RunRequest, { text, id }: IngestFlags) {
  return readDocuments(run.sources, { ...(text !== undefined && { text }), ...(id !== undefined && { id }) })
}

function bm25Spec({ language, avgLen, vectors }: IngestFlags): Pick<EncoderSpec, 'bm25'> {
  const bm25 = {
    ...(language !== undefined && { language }),
    ...(typeof avgLen === 'number' && { avgLen }),
  }
  return Object.keys(bm25).length === 0 || !vectors.includes('bm25') ? {} : { bm25 }
}

function encoderSpec(flags: IngestFlags): EncoderSpec {
  return {
    ...(flags.vectors.includes('dense') && { dense: flags.model }),
    ...(flags.vectors.includes('bm25') && { sparse: DEFAULT_MODELS.bm25 }),
    ...(flags.vectors.includes('late') && { late: flags.lateModel }),
    precision: flags.precision,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
    ...(flags.poolFactor !== undefined && { poolFactor: flags.poolFactor }),
    ...bm25Spec(flags),
  }
}

async function ingestWithProgress(
  run: RunRequest,
  flags: IngestFlags,
  plan: CollectionPlan,
  pool: EncoderPool,
  report: RunReport,
  terminal: Terminal,
  options: Pick<IngestOptions, 'signal' | 'beforePrepare'>,
): Promise<RunSummary> {
  const store = report.watch.watchedStore()
  const position = await InputPosition.of(run.sources)
  const log = await openRejectionLog(flags.errors)
  const bar = terminal.progress('ingest')
  const rejections: Rejection[] = []
  try {
    const watched = report.watch.watchRecords(readInput(run, flags))
    const summary = await runIngest(run, watched, store, flags.collection, plan, pool.encoder(plan.spec), {
      ...options,
      textField: flags.text,
      partition: flags.partition === undefined ? undefined : parsePartition(flags.partition),
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
    })
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
  summary: RunSummary,
  flags: IngestFlags,
  store: Store,
  pool: EncoderPool,
  terminal: Terminal,
): void {
  const { documents, points, unchanged, failed, truncated, tokens, tokensLost, seconds, pruned, run } = summary
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
    pruned,
    run,
  }
  const lines = [
    `${points} points stored in collection "${flags.collection}" (${store.location})`,
    `${documents} documents, ${unchanged} unchanged, ${failed} rejected`,
    `${tokens} tokens in ${formatDuration(seconds)}: ${result.documentsPerSecond.toFixed(1)} documents/s, ${Math.round(result.tokensPerSecond)} tokens/s, ${pool.workers} workers, peak memory ${Math.round(result.peakRssBytes / 1e6)} MB`,
  ]
  if (pruned !== null) lines.push(`${pruned} points deleted whose documents are gone`)
  if (truncated > 0)
    lines.push(`${truncated} documents were longer than the model takes: ${tokensLost} tokens were cut off`)
  if (truncated > 0 && flags.chunk === undefined)
    lines.push('--chunk TOKENS keeps them: long documents become several points')
  terminal.result(result, lines.join('\n'))
}
