import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { PACKAGE_FOLDER } from '../../bench/environment.js'
import { PEER_NAMES, type PeerName } from '../../bench/peers/open-peers.js'
import { type BenchModels, ROWS } from '../../bench/row.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { type ModelFlags, namedModels } from '../ingest/model-options.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { integerFrom, parseNames, promptsOption, someOf } from '../shared/flags.js'
import { createOutputFile } from '../shared/output-file.js'
import { runInterruptibly } from '../shared/run-interruptibly.js'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

interface BenchFlags extends CommonFlags, ModelFlags {
  readonly corpus: string
  readonly documents: number
  readonly rounds: number
  readonly rows?: string[]
  readonly peers: PeerName[]
  readonly quality?: boolean
  readonly workers?: number
  readonly maxTokens?: number
  readonly report?: string
}

const SAMPLE = join(PACKAGE_FOLDER, 'bench', 'sample', 'medical-qa.jsonl')
const MEASURE_PROGRAM = fileURLToPath(new URL('../measure.js', import.meta.url))
/** With more work than this on each core before the start, figures say more about the neighbours. */
const QUIET_LOAD_PER_CORE = 0.25

export function addBench(command: Command, setExitCode: (code: number) => void): void {
  const rows = ROWS.map(({ name, title, isDefault }) => `  ${isDefault ? '*' : ' '} ${name.padEnd(26)} ${title}`)
  command
    .option(
      '--corpus <path>',
      'a file of documents as for ingest, or a BEIR directory (default: the bundled sample)',
      SAMPLE,
    )
    .option('--documents <n>', 'use the first n documents', integerFrom(1), 300)
    .option('--rounds <n>', 'measure every row n times', integerFrom(1), 3)
    .option('--rows <list>', 'rows, or beginnings of their names', parseNames)
    .option(
      '--peers <list>',
      `other libraries: ${PEER_NAMES.join(', ')} (those in JavaScript are installed when named)`,
      someOf(PEER_NAMES),
      [],
    )
    .option('--quality', 'embed the whole corpus and judge its questions (a BEIR directory): nDCG@10')
    .option('--model <name>', 'dense model', DEFAULT_MODELS.dense)
    .option('--late-model <name>', 'late-interaction model', DEFAULT_MODELS.late)
    .option('--sparse-model <name>', 'model of the sparse vectors', DEFAULT_MODELS.bm25)
    .addOption(promptsOption())
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--report <file>', 'write a page with charts, one HTML file')
    .addHelpText(
      'after',
      `
Rows (* without --rows; those of qdrant need QDRANT_URL):
${rows.join('\n')}

Every measurement runs in a process of its own. bench/README.md says what the peers need.`,
    )
    .action(async (flags: BenchFlags) => setExitCode(await runBenchCommand(flags)))
}

async function runBenchCommand(flags: BenchFlags): Promise<number> {
  const { renderHtml } = await import('../../bench/report/render-html.js')
  const { renderMarkdown } = await import('../../bench/report/render-markdown.js')
  const { runBench } = await import('../../bench/run-bench.js')
  const terminal = new Terminal(flags)
  // before minutes are spent
  await using page = await createOutputFile('--report', flags.report)
  const { corpus, documents, rounds, rows, peers, quality = false, prompts, workers, maxTokens } = flags
  const report = await runInterruptibly(terminal, 'bench', async (signal, bar) => {
    const found = await runBench({
      ...{ corpus, documents, rounds, rows, peers, quality, prompts, workers, maxTokens },
      models: otherModels(flags),
      measureProgram: MEASURE_PROGRAM,
      signal,
      onProgress: (done, total, what) => bar.update(done / total, what),
    })
    bar.update(1, 'done')
    return found
  })
  if (report === null) return EXIT_CODE.interrupted
  const { loadAverage, cores } = report.environment
  if (loadAverage[0]! > cores * QUIET_LOAD_PER_CORE)
    terminal.note(`the machine was busy (load average ${loadAverage[0]}): compare ratios, not figures`)
  for (const { row, message } of report.failures) terminal.warn(`${row}: ${message}`)
  if (page !== null) {
    await page.append(renderHtml(report))
    await page.finish()
    terminal.note(`${flags.report}: charts`)
  }
  terminal.result(report, renderMarkdown(report))
  return report.failures.length > 0 ? EXIT_CODE.failed : EXIT_CODE.done
}

/** The models that are not the bundled ones. */
function otherModels(flags: ModelFlags): BenchModels {
  const { dense, bm25: sparse, late } = namedModels(flags)
  return {
    ...(dense !== DEFAULT_MODELS.dense && { dense }),
    ...(sparse !== DEFAULT_MODELS.bm25 && { sparse }),
    ...(late !== DEFAULT_MODELS.late && { late }),
  } as BenchModels
}
