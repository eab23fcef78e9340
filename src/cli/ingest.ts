import { type Command, Option } from 'commander'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { Precision } from '../encoders/transformer.js'
import { readDocuments } from '../inputs/read-documents.js'
import { type CollectionPlan, type Method, planCollection } from '../pipeline/collection-plan.js'
import type { Rejection } from '../pipeline/good-documents.js'
import { type IngestSummary, ingest } from '../pipeline/ingest.js'
import { openStore } from '../pipeline/open-store.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import type { Store } from '../stores/store.js'
import { DEFAULT_COLLECTION, DEFAULT_MODELS, integerFrom, parseMethods, storeLocation } from './flags.js'
import { InputPosition } from './input-position.js'
import { interruptible } from './interrupt.js'
import { requireOtherFile } from './output-file.js'
import { formatPlace, openRejectionLog } from './rejection-log.js'
import { type CommonFlags, formatDuration, Terminal } from './terminal.js'

interface IngestFlags extends CommonFlags {
  readonly collection: string
  readonly store?: string
  readonly url?: string
  readonly vectors: Method[]
  readonly text?: string
  readonly id?: string
  readonly model: string
  readonly lateModel: string
  readonly precision: Precision
  readonly workers?: number
  readonly maxTokens?: number
  readonly poolFactor?: number
  readonly restart?: boolean
  readonly errors?: string
}

const EXIT_SOME_REJECTED = 3
const EXIT_INTERRUPTED = 130

export function addIngest(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('ingest')
    .description('Embed the documents of files and store them; the same command again continues where it stopped.')
    .argument('<source...>', 'JSONL, CSV or Parquet files, directories of .txt and .md files, or - for JSONL on stdin')
    .option('--collection <name>', 'collection to store in', DEFAULT_COLLECTION)
    .option('--store <dir>', 'embedded store (default .offgrid/store)')
    .option(
      '--url <url>',
      'Qdrant server in place of the embedded store (default QDRANT_URL; its key only from QDRANT_API_KEY)',
    )
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
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--pool-factor <n>', 'rows of a multivector that become one, in documents (default: 1)', integerFrom(1))
    .option('--restart', 'drop the collection and start over')
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no progress')
    .action(async (sources: string[], flags: IngestFlags) => setExitCode(await runIngest(sources, flags)))
}

async function runIngest(sources: readonly string[], flags: IngestFlags): Promise<number> {
  const terminal = new Terminal(flags)
  await requireOtherFile('--errors', flags.errors, sources)
  const plan = await planCollection(encoderSpec(flags), flags.id ?? null)
  const store = await openStore(storeLocation(flags, process.env))
  const interrupt = interruptible(() =>
    terminal.note('stopping: finishing the batches under way; press Ctrl-C again to end at once'),
  )
  try {
    if (flags.restart === true) await store.deleteCollection(flags.collection)
    await using pool = await EncoderPool.create(flags.workers === undefined ? {} : { workers: flags.workers })
    const summary = await ingestWithProgress(sources, flags, plan, store, pool, terminal, interrupt.signal)
    if (summary.interrupted)
      terminal.warn('interrupted: what was encoded is stored; the same command continues from there')
    if (summary.interrupted) return EXIT_INTERRUPTED
    return summary.failed > 0 ? EXIT_SOME_REJECTED : 0
  } finally {
    interrupt.dispose()
    await store.close()
  }
}

function encoderSpec(flags: IngestFlags): EncoderSpec {
  return {
    ...(flags.vectors.includes('dense') && { dense: flags.model }),
    ...(flags.vectors.includes('bm25') && { sparse: DEFAULT_MODELS.bm25 }),
    ...(flags.vectors.includes('late') && { late: flags.lateModel }),
    precision: flags.precision,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
    ...(flags.poolFactor !== undefined && { poolFactor: flags.poolFactor }),
  }
}

async function ingestWithProgress(
  sources: readonly string[],
  flags: IngestFlags,
  plan: CollectionPlan,
  store: Store,
  pool: EncoderPool,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<IngestSummary> {
  const position = await InputPosition.of(sources)
  const records = readDocuments(sources, {
    ...(flags.text !== undefined && { text: flags.text }),
    ...(flags.id !== undefined && { id: flags.id }),
  })
  const log = await openRejectionLog(flags.errors)
  const bar = terminal.progress('ingest')
  const rejections: Rejection[] = []
  try {
    const summary = await ingest(records, store, flags.collection, plan, pool.encoder(plan.spec), {
      signal,
      onRejected: (rejection) => {
        log.write(rejection)
        if (rejections.length < SHOWN_REJECTIONS) rejections.push(rejection)
      },
      onProgress: ({ documents, tokens, seconds, failed, place }) => {
        const fraction = position.fractionAt(place)
        const rate = `${documents} documents, ${(documents / seconds).toFixed(1)}/s, ${Math.round(tokens / seconds)} tokens/s`
        const rejected = failed > 0 ? `, ${failed} rejected` : ''
        const eta =
          fraction !== null && fraction > 0 ? `, ${formatDuration((seconds / fraction) * (1 - fraction))} left` : ''
        bar.update(fraction, rate + rejected + eta)
      },
    })
    bar.stop()
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
