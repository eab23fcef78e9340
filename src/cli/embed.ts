import { type Command, Option } from 'commander'
import type { Side } from '../encoders/encoder.js'
import { specForModel } from '../encoders/open-encoder.js'
import type { Precision } from '../encoders/transformer.js'
import { readDocuments } from '../inputs/read-documents.js'
import { planCollection } from '../pipeline/collection-plan.js'
import { embedDocuments } from '../pipeline/embed-documents.js'
import type { Rejection } from '../pipeline/good-documents.js'
import { recipeOfPlan } from '../pipeline/points-recipe.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { integerFrom } from './flags.js'
import { interruptible } from './interrupt.js'
import { requireOtherFile, toOutputError } from './output-file.js'
import { formatPlace } from './rejection-log.js'
import { type CommonFlags, formatDuration, Terminal } from './terminal.js'
import { openVectorWriter } from './vector-writer.js'

interface EmbedFlags extends CommonFlags {
  readonly model: string
  readonly as: 'passage' | 'query'
  readonly out?: string
  readonly text?: string
  readonly id?: string
  readonly precision: Precision
  readonly workers?: number
  readonly maxTokens?: number
}

const EXIT_SOME_REJECTED = 3
const EXIT_INTERRUPTED = 130

export function addEmbed(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('embed')
    .description('Write the vectors of documents to a file or to stdout.')
    .argument('<source...>', 'as for ingest')
    .requiredOption('--model <name>', 'dense, sparse or late-interaction model')
    .addOption(
      new Option('--as <side>', 'which side of a search the texts are on')
        .choices(['passage', 'query'])
        .default('passage'),
    )
    .option('--out <file>', 'a .jsonl, .npy (dense) or .parquet file; without it JSON lines go to stdout')
    .option('--text <field>', 'as for ingest')
    .option('--id <field>', 'as for ingest')
    .addOption(new Option('--precision <kind>', 'arithmetic of the model').choices(['fp32', 'int8']).default('fp32'))
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--json', 'print a JSON object; needs --out')
    .option('--quiet', 'no progress')
    .action(async (sources: string[], flags: EmbedFlags) => setExitCode(await runEmbed(sources, flags)))
}

async function runEmbed(sources: readonly string[], flags: EmbedFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const spec = await specForModel(flags.model, {
    precision: flags.precision,
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
  })
  await requireOtherFile('--out', flags.out, sources)
  const side: Side = flags.as === 'query' ? 'query' : 'document'
  const recipe = recipeOfPlan(await planCollection(spec, { idField: flags.id }), side)
  const writer = await openVectorWriter(flags.out, terminal.isJson, recipe).catch((error: unknown) => {
    throw toOutputError('--out', flags.out, error)
  })
  const interrupt = interruptible(() => terminal.note('stopping'))
  const bar = terminal.progress('embed')
  const started = performance.now()
  const rejections: Rejection[] = []
  const totals = { documents: 0, failed: 0, truncated: 0, tokens: 0 }
  try {
    await using pool = await EncoderPool.create(flags.workers === undefined ? {} : { workers: flags.workers })
    const records = readDocuments(sources, {
      ...(flags.text !== undefined && { text: flags.text }),
      ...(flags.id !== undefined && { id: flags.id }),
    })
    const onRejected = (rejection: Rejection) => {
      totals.failed += 1
      if (rejections.length < 10) rejections.push(rejection)
    }
    for await (const embedded of embedDocuments(records, pool.encoder(spec), side, {
      onRejected,
      signal: interrupt.signal,
    })) {
      await writer.write(embedded)
      totals.documents += embedded.length
      for (const { tokens, cutTokens } of embedded) {
        totals.tokens += tokens
        totals.truncated += cutTokens > 0 ? 1 : 0
      }
      bar.update(null, `${totals.documents} documents`)
    }
    bar.stop()
    if (interrupt.signal.aborted) {
      await writer.discard()
      terminal.warn('interrupted: nothing was written')
      return EXIT_INTERRUPTED
    }
    await writer.close()
  } catch (error) {
    await writer.discard().catch(() => {})
    throw toOutputError('--out', flags.out, error)
  } finally {
    bar.stop()
    interrupt.dispose()
  }
  for (const { place, code, reason } of rejections) terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
  const seconds = (performance.now() - started) / 1000
  const result = { ...totals, seconds, model: flags.model, out: flags.out ?? null }
  if (flags.out !== undefined)
    terminal.result(result, `${totals.documents} vectors written to ${flags.out} in ${formatDuration(seconds)}`)
  return totals.failed > 0 ? EXIT_SOME_REJECTED : 0
}
