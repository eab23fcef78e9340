import { type Command, Option } from 'commander'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { AtomicFile } from '../../files/atomic-file.js'
import type { Precision } from '../../graph/encoder-graph.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { hashFile } from '../../onnx/verified-files.js'
import { type CollectionPlan, type Method, planCollection } from '../../pipeline/collection/collection-plan.js'
import type { OpenedCollection } from '../../pipeline/collection/opened-collection.js'
import { ingest } from '../../pipeline/runs/ingest.js'
import type { IngestSummary } from '../../pipeline/runs/ingest-tally.js'
import { type BeirDataset, readBeirDataset } from '../../pipeline/search/beir.js'
import {
  EVALUATION_METHODS,
  type Evaluation,
  type EvaluationMethod,
  evaluate,
  neededVectors,
  parseEvaluationMethods,
} from '../../pipeline/search/evaluate.js'
import { EvaluationCorpora } from '../../pipeline/search/evaluation-corpora.js'
import { type EvaluationMetric, parseMetrics } from '../../pipeline/search/evaluation-metrics.js'
import { EncoderPool, type PooledEncoder } from '../../pool/encoder-pool.js'
import { openStore } from '../../stores/open-store.js'
import { addWordOptions, bm25Words, type WordFlags } from '../ingest/bm25-words.js'
import { describeProgress } from '../ingest/ingest-summary.js'
import { UnsegmentedTexts } from '../ingest/unsegmented-texts.js'
import { RejectionLog } from '../report/rejection-log.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { integerFrom, parseChunking, promptsOption } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { fillOutput, requireOtherFile, toOutputError } from '../shared/output-file.js'
import { type CommonFlags, countOf, formatDuration, formatTable, Terminal } from '../shared/terminal.js'

interface EvalFlags extends CommonFlags, WordFlags {
  readonly methods: string
  readonly metrics: string
  readonly perQuery?: string
  readonly split?: string
  readonly precision: Precision
  readonly prompts: 'model' | 'none'
  readonly queries?: number
  readonly store: string
  readonly clean?: boolean
  readonly workers?: number
  readonly maxTokens?: number
  readonly chunk?: number
  readonly overlap?: number
  readonly errors?: string
}

export function addEval(command: Command, setExitCode: (code: number) => void): void {
  const what = Object.entries(EVALUATION_METHODS).map(([name, { what }]) => `  ${name.padEnd(11)} ${what}`)
  command
    .option('--methods <list>', 'ways to search', 'dense,bm25,late,rrf,dbsf,default,rerank')
    .option('--metrics <list>', 'nDCG, R, P, RR, AP, Success, each with @k', 'nDCG@10,R@10,R@100,RR@10')
    .option('--per-query <file>', "write every query's values to this file as JSONL")
    .option('--split <name>', 'judgements in qrels/NAME.tsv')
    .addOption(new Option('--precision <kind>', 'arithmetic of the model').choices(['fp32', 'int8']).default('fp32'))
    .addOption(promptsOption())
    .option('--queries <n>', 'use only the first n queries', integerFrom(1))
    .option('--store <dir>', 'store that keeps embedded corpora for the next evaluation', '.offgrid/eval')
    .option('--clean', 'at the end, delete the embedded corpora of all evaluations in that store')
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
  addWordOptions(command)
    .option('--chunk <tokens>', 'cut documents into chunks; the best one counts', integerFrom(3))
    .option('--overlap <tokens>', 'tokens that a chunk repeats of the one before (default: 0)', integerFrom(0))
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .addHelpText('after', `\nMethods:\n${what.join('\n')}`)
    .action(async (directory: string, flags: EvalFlags) => setExitCode(await runEval(directory, flags)))
}

async function runEval(directory: string, flags: EvalFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const methods = parseEvaluationMethods(flags.methods.split(',').map((name) => name.trim()))
  const metrics = parseMetrics(flags.metrics)
  const found = await readBeirDataset(directory, flags.split)
  const dataset = flags.queries === undefined ? found : { ...found, queries: found.queries.slice(0, flags.queries) }
  await requireOtherFile('--per-query', flags.perQuery, [dataset.corpus])
  await requireOtherFile('--errors', flags.errors, [dataset.corpus])
  const corpora = await EvaluationCorpora.open(flags.store)
  const needed = neededVectors(methods)
  const corpus = corpora.choose(await corpusName(dataset, flags), needed)
  const plan = await planOf(flags, corpus.methods)
  const store = await openStore({ kind: 'local', path: flags.store })
  const interrupt = interruptible(() => terminal.note('stopping: what is embedded is kept for the next time'))
  try {
    await using pool = await EncoderPool.create(flags.workers === undefined ? {} : { workers: flags.workers })
    const opened = { store, collection: corpus.collection, plan, encoder: pool.encoder(plan.spec) }
    const ingested = await embedCorpus(dataset, opened, flags, terminal, interrupt.signal)
    await corpora.noteUse(corpus.collection, !ingested.interrupted)
    if (ingested.interrupted) return EXIT_CODE.interrupted
    // no query is encoded for vectors that nobody asks for
    const searched = { ...opened, encoder: pool.encoder((await planOf(flags, needed)).spec) }
    const search: SearchParts = { dataset, opened: searched, methods, metrics }
    const results = await searchQueries(search, flags, terminal, interrupt.signal)
    if (results === null) {
      terminal.warn('interrupted: what is embedded is kept for the next time')
      return EXIT_CODE.interrupted
    }
    const points = await store.count(corpus.collection)
    const gone = flags.clean === true ? await corpora.clean(store) : await corpora.prune(store, corpus.collection)
    if (gone.length > 0) terminal.note(`deleted from ${flags.store}: ${gone.join(', ')}`)
    printResults(results, search, { ...ingested, points }, flags, terminal)
    return ingested.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  } finally {
    interrupt.dispose()
    await store.close()
  }
}

/** The corpus' own sum, so that a changed or another dataset of the same name never mixes with this one, and what makes its vectors. */
async function corpusName(dataset: BeirDataset, flags: EvalFlags): Promise<string> {
  const sum = (await hashFile(dataset.corpus)).slice(0, 12)
  const { precision, maxTokens, language, segmenter, chunk, overlap = 0, prompts } = flags
  const chunks = chunk === undefined ? undefined : `chunks-${chunk}-${overlap}`
  return [
    dataset.name,
    sum,
    precision,
    maxTokens,
    chunks,
    language,
    segmenter,
    prompts === 'none' ? 'no-prompts' : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('-')
}

function planOf(flags: EvalFlags, methods: readonly Method[]): Promise<CollectionPlan> {
  const has = (method: Method) => methods.includes(method)
  const words = bm25Words(flags)
  const spec = {
    ...(has('dense') && { dense: DEFAULT_MODELS.dense }),
    ...(has('bm25') && { sparse: DEFAULT_MODELS.bm25 }),
    ...(has('late') && { late: DEFAULT_MODELS.late }),
    ...(has('bm25') && Object.keys(words).length > 0 && { bm25: words }),
    precision: flags.precision,
    prefixes: flags.prompts,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
  }
  return planCollection(spec, { chunking: parseChunking(flags, DEFAULT_MODELS.dense) })
}

async function embedCorpus(
  dataset: BeirDataset,
  opened: OpenedCollection<PooledEncoder>,
  flags: EvalFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<IngestSummary> {
  const log = await RejectionLog.open(flags.errors)
  const bar = terminal.progress(`embed ${dataset.name}`)
  try {
    const unsegmented = new UnsegmentedTexts(opened.plan)
    const records = unsegmented.watch(readDocuments([dataset.corpus]))
    const summary = await ingest(records, opened, {
      signal,
      onRejected: (rejection) => log.add(rejection),
      onProgress: (progress) => bar.update(null, ...describeProgress(progress)),
    })
    bar.stop()
    log.show(terminal)
    const { documents, unchanged, failed, repeated, merged, seconds } = summary
    const again = repeated + merged > 0 ? `, ${repeated + merged} with the id or contents of another` : ''
    if (!summary.interrupted) {
      const counts = `${unchanged} already there, ${failed} rejected${again}`
      terminal.note(`${dataset.name}: ${countOf(documents, 'document')} (${counts}) in ${formatDuration(seconds)}`)
    }
    const advice = unsegmented.describe()
    if (advice !== null) terminal.note(advice)
    return summary
  } finally {
    bar.stop()
    await log.close()
  }
}

interface SearchParts {
  readonly dataset: BeirDataset
  readonly opened: OpenedCollection
  readonly methods: readonly EvaluationMethod[]
  readonly metrics: readonly EvaluationMetric[]
}

/** @returns null where it was interrupted */
async function searchQueries(
  { dataset, opened, methods, metrics }: SearchParts,
  { perQuery }: EvalFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Evaluation | null> {
  const file =
    perQuery === undefined
      ? null
      : await AtomicFile.create(perQuery).catch((error: unknown) => {
          throw toOutputError('--per-query', perQuery, error)
        })
  const bar = terminal.progress(`search ${dataset.name}`)
  let results: Evaluation | null = null
  try {
    const output = { close: async () => file?.finish(), discard: async () => file?.discard() }
    await fillOutput(perQuery, output, signal, async () => {
      results = await evaluate(dataset, opened, methods, {
        metrics,
        signal,
        onQuery: (query, result) => file?.append(`${JSON.stringify({ query, ...result })}\n`),
        onProgress: (done, total) => bar.update(done / total, `${done} of ${countOf(total, 'query', 'queries')}`),
      }).catch((error: unknown) => {
        if (signal.aborted) return null
        throw error
      })
    })
    return results
  } finally {
    bar.stop()
  }
}

function printResults(
  { methods, ownDocuments }: Evaluation,
  { dataset, metrics }: SearchParts,
  { documents, failed, points }: Pick<IngestSummary, 'documents' | 'failed' | 'points'>,
  { precision, language }: EvalFlags,
  terminal: Terminal,
): void {
  const names = metrics.map(({ name }) => name)
  const rows = Object.entries(methods).map(([method, result]) => [
    method,
    ...names.map((name) => result[name]!.toFixed(4)),
    (result.secondsPerQuery * 1000).toFixed(1),
  ])
  const own = countOf(ownDocuments, 'query stands', 'queries stand')
  if (ownDocuments > 0) terminal.note(`${own} in the corpus under the same id: that document is left out of the hits`)
  const result = { dataset: dataset.name, documents, failed, queries: dataset.queries.length, precision }
  terminal.result(
    { ...result, language: language ?? 'english', points, ownDocuments, methods },
    formatTable(['method', ...names, 'ms/query'], rows),
  )
}
