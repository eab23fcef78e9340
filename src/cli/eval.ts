import { type Command, Option } from 'commander'
import type { Precision } from '../encoders/transformer.js'
import { readDocuments } from '../inputs/read-documents.js'
import { hashFile } from '../onnx/verified-files.js'
import { readBeirDataset } from '../pipeline/beir.js'
import { planCollection } from '../pipeline/collection-plan.js'
import { EVALUATION_METHODS, evaluate, parseEvaluationMethods } from '../pipeline/evaluate.js'
import { ingest } from '../pipeline/ingest.js'
import { openStore } from '../pipeline/open-store.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { EXIT_CODE } from './exit-code.js'
import { DEFAULT_MODELS, integerFrom, parseChunking } from './flags.js'
import { interruptible } from './interrupt.js'
import { type CommonFlags, formatDuration, formatTable, Terminal } from './terminal.js'

interface EvalFlags extends CommonFlags {
  readonly methods: string[]
  readonly precision: Precision
  readonly queries?: number
  readonly store: string
  readonly workers?: number
  readonly maxTokens?: number
  readonly chunk?: number
  readonly overlap?: number
}

export function addEval(program: Command, setExitCode: (code: number) => void): void {
  const what = Object.entries(EVALUATION_METHODS).map(([name, { what }]) => `  ${name.padEnd(11)} ${what}`)
  program
    .command('eval')
    .description(
      'Measure retrieval quality on a BEIR directory: corpus.jsonl, queries.jsonl, qrels.tsv or qrels/test.tsv.',
    )
    .argument('<directory>', 'the dataset')
    .option('--methods <list>', 'ways to search', (text) => text.split(',').map((name) => name.trim()), [
      'dense',
      'bm25',
      'late',
      'rrf',
      'dbsf',
      'default',
      'rerank',
    ])
    .addOption(new Option('--precision <kind>', 'arithmetic of the model').choices(['fp32', 'int8']).default('fp32'))
    .option('--queries <n>', 'use only the first n queries', integerFrom(1))
    .option('--store <dir>', 'where the embedded corpus is kept for the next time', '.offgrid/eval')
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--chunk <tokens>', 'cut documents into chunks; the best one counts', integerFrom(3))
    .option('--overlap <tokens>', 'tokens that a chunk repeats of the one before (default 0)', integerFrom(0))
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no progress')
    .addHelpText('after', `\nMethods:\n${what.join('\n')}`)
    .action(async (directory: string, flags: EvalFlags) => setExitCode(await runEval(directory, flags)))
}

async function runEval(directory: string, flags: EvalFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const found = await readBeirDataset(directory)
  const dataset = flags.queries === undefined ? found : { ...found, queries: found.queries.slice(0, flags.queries) }
  const spec = {
    dense: DEFAULT_MODELS.dense,
    sparse: DEFAULT_MODELS.bm25,
    late: DEFAULT_MODELS.late,
    precision: flags.precision,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
  }
  const plan = await planCollection(spec, { chunking: parseChunking(flags) })
  const methods = parseEvaluationMethods(flags.methods, plan)
  // the corpus' own sum, so that a changed or another dataset of the same name never mixes with this one
  const sum = (await hashFile(dataset.corpus)).slice(0, 12)
  const chunks = plan.chunking === null ? undefined : `chunks-${plan.chunking.maxTokens}-${plan.chunking.overlapTokens}`
  const collection = [dataset.name, sum, flags.precision, flags.maxTokens, chunks]
    .filter((part) => part !== undefined)
    .join('-')
  const store = await openStore({ path: flags.store })
  const interrupt = interruptible(() => terminal.note('stopping: what is embedded is kept for the next time'))
  try {
    await using pool = await EncoderPool.create(flags.workers === undefined ? {} : { workers: flags.workers })
    const encoder = pool.encoder(plan.spec)
    const embedBar = terminal.progress(`embed ${dataset.name}`)
    const summary = await ingest(readDocuments([dataset.corpus]), store, collection, plan, encoder, {
      signal: interrupt.signal,
      onProgress: ({ documents, seconds }) =>
        embedBar.update(null, `${documents} documents, ${(documents / seconds).toFixed(1)}/s`),
    })
    embedBar.stop()
    if (summary.interrupted) return EXIT_CODE.interrupted
    terminal.note(
      `${dataset.name}: ${summary.documents} documents (${summary.unchanged} already there, ${summary.failed} rejected) in ${formatDuration(summary.seconds)}`,
    )

    const searchBar = terminal.progress(`search ${dataset.name}`)
    const results = await evaluate(dataset, store, collection, plan, encoder, methods, (done, total) => {
      searchBar.update(done / total, `${done} of ${total} queries`)
    })
    searchBar.stop()
    const rows = Object.entries(results).map(([method, result]) => [
      method,
      result['nDCG@10'].toFixed(4),
      result['R@10'].toFixed(4),
      result['R@100'].toFixed(4),
      result['RR@10'].toFixed(4),
      (result.secondsPerQuery * 1000).toFixed(1),
    ])
    terminal.result(
      {
        dataset: dataset.name,
        documents: summary.documents,
        failed: summary.failed,
        queries: dataset.queries.length,
        precision: flags.precision,
        points: await store.count(collection),
        methods: results,
      },
      formatTable(['method', 'nDCG@10', 'R@10', 'R@100', 'RR@10', 'ms/query'], rows),
    )
    return summary.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  } finally {
    interrupt.dispose()
    await store.close()
  }
}
