import { type Command, Option } from 'commander'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import type { Precision } from '../../graph/precision.js'
import { architectureOf } from '../../onnx/manifest.js'
import { findModel } from '../../onnx/model-files.js'
import { given } from '../../options.js'
import type { ChunkingOptions } from '../../pipeline/collection/chunking-plan.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import type { SaidOfRecipe } from '../../pipeline/collection/keep-recipe.js'
import { LAYOUT_NAMES, type LayoutName } from '../../pipeline/collection/layout.js'
import { addPoolOptions, type PoolFlags } from '../report/open-reported-pool.js'
import { addReportOptions, type ReportFlags, reportNeed } from '../report/run-report.js'
import {
  addChunkOptions,
  type ChunkFlags,
  integerFrom,
  parseAvgLen,
  parseChunking,
  parseMethods,
  poolFactorOption,
  precisionOption,
  promptsOption,
} from '../shared/flags.js'
import { refuseIdleOptions } from '../shared/idle-options.js'
import type { CommonFlags } from '../shared/terminal.js'
import { addWordOptions, bm25Words, type WordFlags } from './bm25-words.js'
import { addTargetOptions, type TargetFlags } from './ingest-target.js'
import { addMappingOptions, type MappingFlags } from './mapping-options.js'
import type { ModelFlags } from './model-options.js'

export interface IngestFlags
  extends CommonFlags,
    Required<ModelFlags>,
    TargetFlags,
    MappingFlags,
    ReportFlags,
    PoolFlags,
    WordFlags,
    ChunkFlags {
  readonly vectors: Method[]
  readonly precision: Precision
  readonly maxTokens?: number
  readonly layout: 'offgrid' | LayoutName
  readonly poolFactor?: number
  readonly avgLen?: number | 'fit'
  readonly errors?: string
  readonly dryRun?: boolean
  readonly vectorsFrom?: string
  readonly weights?: string
  readonly queue?: string
  readonly planOnly?: boolean
}

/** The options of `ingest`. */
export function addIngestOptions(command: Command): void {
  addTargetOptions(command).addOption(
    new Option('--vectors <list>', 'which vectors to make')
      .argParser(parseMethods)
      .default(parseMethods('dense,bm25,late'), 'dense,bm25,late'),
  )
  addMappingOptions(command)
    .option('--model <name>', 'dense model', DEFAULT_MODELS.dense)
    .option('--late-model <name>', 'late-interaction model', DEFAULT_MODELS.late)
    .option(
      '--sparse-model <name>',
      'model of the sparse vectors, which stand in the place of bm25',
      DEFAULT_MODELS.bm25,
    )
    .addOption(precisionOption())
    .addOption(promptsOption())
  addPoolOptions(command).option(
    '--max-tokens <n>',
    "cut texts after this many tokens (default: the model's own limit)",
    integerFrom(3),
  )
  addWordOptions(command)
    .option(
      '--avg-len <n>',
      "BM25's mean document length in terms (default: 256); fit takes it from the documents, in a first pass",
      parseAvgLen,
    )
    .addOption(poolFactorOption())
  addChunkOptions(command, 'auto')
    .addOption(
      new Option(
        '--layout <program>',
        'names of vectors and fields that this program reads; documents are then not cut',
      )
        .choices(['offgrid', ...LAYOUT_NAMES])
        .default('offgrid'),
    )
    .option(
      '--dry-run',
      'store nothing; embed the first records and estimate the whole run: fields, points, bytes, time',
    )
    .option('--prune', 'at the end, delete the points of documents that the input no longer has')
    .option(
      '--weights <list|file>',
      "how much each list counts in searches, such as dense=1,bm25=2,late=0.5, or the file of eval --tune; kept in the collection's metadata",
    )
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .option(
      '--vectors-from <file>',
      'store the vectors of a file that export or embed wrote (.parquet, .jsonl) without computing; takes no source',
    )
  command
    .option(
      '--queue <url>',
      'give the parts of the input to all workers of this Redis or Valkey, redis://HOST:PORT, and work on them (docs/scaling.md)',
    )
    .option('--plan-only', 'with --queue: end when the parts are in the queue')
  addReportOptions(command)
}

/** @throws InputError `INVALID_OPTION` naming options of vectors that are not made; `UNKNOWN_MODEL` */
export async function refuseIdleIngestOptions(command: Command, flags: IngestFlags): Promise<void> {
  const isBm25 = architectureOf((await findModel(flags.sparseModel)).entry) === 'bm25'
  const has = (...methods: Method[]) => methods.some((method) => flags.vectors.includes(method))
  // where nothing else has tokens, chunks are measured in those of --model
  const isCounting = typeof flags.chunk === 'number' && !has('late')
  refuseIdleOptions(command, [
    { options: ['language', 'segmenter', 'avgLen'], isMet: has('bm25'), need: 'bm25 among --vectors' },
    {
      options: ['language', 'segmenter', 'avgLen'],
      isMet: isBm25,
      need: `${DEFAULT_MODELS.bm25} as the --sparse-model`,
    },
    { options: ['lateModel', 'poolFactor'], isMet: has('late'), need: 'late among --vectors' },
    { options: ['sparseModel'], isMet: has('bm25'), need: 'bm25 among --vectors' },
    { options: ['model'], isMet: has('dense') || isCounting, need: 'dense among --vectors' },
    { options: ['prompts'], isMet: has('dense'), need: 'dense among --vectors' },
    {
      options: ['precision', 'maxTokens'],
      isMet: has('dense', 'late') || !isBm25,
      need: 'dense or late among --vectors',
    },
    {
      options: ['documents'],
      isMet: chunkingOf(flags) !== undefined,
      need: 'documents that are cut (--chunk auto or a number)',
    },
    reportNeed(flags),
  ])
}

/** How long documents are cut: not at all for programs that know no chunks, unless that was asked for. @throws InputError `INVALID_OPTION` */
export function chunkingOf(flags: IngestFlags): ChunkingOptions | undefined {
  const { chunk = flags.layout === 'offgrid' ? 'auto' : 'none' } = flags
  return parseChunking({ ...flags, chunk }, flags.model)
}

export function saidOfRecipe({ chunk, documents, poolFactor }: IngestFlags): SaidOfRecipe {
  return { chunks: chunk !== undefined, documents: !documents, rows: poolFactor !== undefined }
}

/** What is computed for each document; `--avg-len fit` is not known yet. */
export function ingestSpec(flags: IngestFlags): EncoderSpec {
  const { avgLen } = flags
  const bm25 = { ...bm25Words(flags), ...(typeof avgLen === 'number' && { avgLen }) }
  return {
    ...(flags.vectors.includes('dense') && { dense: flags.model }),
    ...(flags.vectors.includes('bm25') && { sparse: flags.sparseModel }),
    ...(flags.vectors.includes('late') && { late: flags.lateModel }),
    precision: flags.precision,
    prefixes: flags.prompts,
    ...given({ maxTokens: flags.maxTokens, poolFactor: flags.poolFactor }),
    ...(Object.keys(bm25).length > 0 && { bm25 }),
  }
}
