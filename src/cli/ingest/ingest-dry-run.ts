import type { InputRecord } from '../../inputs/input-record.js'
import type { CollectionPlan } from '../../pipeline/collection/collection-plan.js'
import { estimateIngest, type IngestEstimate } from '../../pipeline/runs/estimate-ingest.js'
import { openReportedPool, type PoolFlags } from '../report/open-reported-pool.js'
import { type ReportFlags, RunReport } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { interruptible } from '../shared/interrupt.js'
import { countOf, formatDuration, formatFileSize, formatTable, type Terminal } from '../shared/terminal.js'
import { InputPosition } from './input-position.js'
import { type MappingFlags, textFieldsOf } from './mapping-options.js'

/** `ingest --dry-run`: says what the command would read and store and how long it would take, and stores nothing. */
export async function runDryRun(
  sources: readonly string[],
  records: AsyncIterable<InputRecord[]>,
  plan: CollectionPlan,
  flags: PoolFlags & ReportFlags & MappingFlags,
  terminal: Terminal,
): Promise<number> {
  using interrupt = interruptible(() => terminal.note('stopping'))
  await using report = await RunReport.open(flags, terminal, { sources, dryRun: true })
  await using pool = await openReportedPool(flags, plan.spec, report)
  const position = await InputPosition.of(sources)
  terminal.note('embedding the first records to see, and storing nothing')
  const estimate = await estimateIngest(records, plan, pool.encoder(plan.spec), {
    fractionAt: (place) => position.fractionAt(place),
    textField: textFieldsOf(flags),
    signal: interrupt.signal,
  })
  if (estimate === null) return EXIT_CODE.interrupted
  terminal.result({ dryRun: true, ...estimate, workers: pool.workers }, describe(estimate, plan, pool.workers))
  return EXIT_CODE.done
}

function describe(estimate: IngestEstimate, plan: CollectionPlan, workers: number): string {
  const { columns, sample, basis, records, failed, tokens, truncated, tokensLost, points, sizeBytes, seconds } =
    estimate
  const rows = columns.map(({ name, share, role }) => [name, `${Math.round(share * 100)} %`, role ?? ''])
  const about = { counted: '', estimated: 'about ', 'at least': 'at least ' }[basis]
  const vectors = Object.values(plan.vectors).map(({ vector, documentVector = vector }) => documentVector)
  const size = sizeBytes < 1e6 ? `${Math.ceil(sizeBytes / 1e3)} kB` : formatFileSize(sizeBytes)
  const lines = [
    formatTable(['field', 'documents', 'taken for'], rows),
    '',
    `${about}${countOf(records, 'record')}, of which the first ${sample} were embedded: ${failed} rejected in all, about ${countOf(tokens, 'token')}`,
    `about ${countOf(points, 'point')} with ${vectors.join(', ')}, ${size} in the embedded store`,
    `${seconds < 1 ? 'less than a second' : `about ${formatDuration(seconds)}`} on this machine with ${countOf(workers, 'worker')}`,
  ]
  if (truncated > 0) {
    const are = countOf(truncated, 'document is', 'documents are')
    lines.push(`about ${are} longer than the model takes: ${countOf(tokensLost, 'token')} would be cut off`)
  }
  return lines.join('\n')
}
