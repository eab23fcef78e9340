import type { IndexDetails } from '../measure/measure-index.js'
import { formatComparisons, formatMegabytes, formatRatios, formatUnit, formatValue } from './format-figures.js'
import type { BenchReport, RowFailure, RowResult } from './report.js'

/** The report as Markdown: record, figures, tables, goals, and in capitals what was not measured. */
export function renderMarkdown(report: BenchReport): string {
  const { rows, goals, failures, notMeasured } = report
  const sections = [
    `# offgrid bench\n\n${describeRun(report).join('\n')}`,
    `## Rows\n\nMedian of the rounds; ratios are medians of the rounds' ratios, more is faster. Vectors: largest difference, least and mean cosine.\n\n${rowTable(rows)}`,
    ...rows.flatMap(batchesSection),
    ...(rows.some((row) => curveOf(row) !== null) ? [`## Growth\n\n${growthTable(rows)}`] : []),
    ...(rows.some((row) => percentilesOf(row) !== null) ? [`## Search\n\n${searchTable(rows)}`] : []),
    ...rows.flatMap(indexSection),
    ...(Object.keys(report.calibration).length > 0 ? [`## Settings of the peers\n\n${calibrationTable(report)}`] : []),
    ...(goals.length > 0 ? [`## Goals\n\n${goalTable(report)}`] : []),
    ...(failures.length > 0 ? [`## FAILED\n\n${list(failures.map(describeFailure))}`] : []),
    `## NOT MEASURED\n\n${list(notMeasured.map((line) => line.toUpperCase()))}`,
  ]
  return sections.join('\n\n')
}

/** Machine, versions and parameters, one line each. */
export function describeRun({ environment: e, parameters: p, seconds }: BenchReport): string[] {
  return list([
    `${e.cpu}${e.cpuFeatures === null ? '' : ` (${e.cpuFeatures.join(', ')})`}, ${e.cores} cores (${e.usableCores} usable), ${Math.round(e.memoryBytes / 1e9)} GB, ${e.system}`,
    `load average at the start ${e.loadAverage.join(' / ')}`,
    `offgrid ${e.version}${e.gitCommit === null ? '' : `, commit ${e.gitCommit}`}, Node ${e.node}, ONNX Runtime ${e.onnxRuntime}`,
    `corpus ${p.corpus}: ${p.documents} documents, ${p.characters.toLocaleString('en-US')} characters, cut at ${p.maxTokens ?? "the model's own number of"} tokens`,
    ...(p.models === undefined ? [] : [`models: ${Object.values(p.models).join(', ')}`]),
    `${p.workers} worker thread${p.workers === 1 ? '' : 's'} with one ONNX Runtime thread each, ${p.rounds} round${p.rounds === 1 ? '' : 's'}, every measurement in a process of its own, every other round in reverse`,
    `${e.date}, ${Math.round(seconds)} s in all`,
  ]).split('\n')
}

function describeFailure({ row, round, message }: RowFailure): string {
  return `${row}, ${round === null ? 'before the rounds' : `round ${round + 1}`}: ${oneLine(message)}`
}

function rowTable(rows: readonly RowResult[]): string {
  const hasQuality = rows.some((row) => row['nDCG@10'] !== undefined)
  return table(
    [
      'row',
      'median',
      'values',
      'tokens/s',
      'peak memory',
      'speed ratios',
      'vectors',
      ...(hasQuality ? ['nDCG@10'] : []),
    ],
    rows.map((row) => [
      `${row.name} (${row.title}${formatSetting(row)})`,
      formatUnit(row.median, row.unit),
      row.values
        .filter((value) => value !== null)
        .map(formatValue)
        .join(' '),
      row.tokensPerSecond === null ? '' : formatValue(Math.round(row.tokensPerSecond)),
      formatMegabytes(row.peakRssBytes),
      formatRatios(row.ratios),
      formatComparisons(row.vectors),
      ...(hasQuality ? [row['nDCG@10']?.toFixed(4) ?? ''] : []),
    ]),
  )
}

/** The setting of a peer as a person says it, with a comma in front. */
export function formatSetting({ setting }: Pick<RowResult, 'setting'>): string {
  if (setting === undefined) return ''
  return `, batch ${setting.batchSize}${setting.parallel === null ? '' : `, parallel ${setting.parallel}`}`
}

/** The table of a batches row, as its process gave it. */
export interface BatchTable {
  readonly batchSizes: readonly number[]
  readonly lengths: readonly number[]
  readonly tokensPerSecond: readonly (readonly number[])[]
}

export function batchTableOf({ measurements }: RowResult): BatchTable | null {
  const details = measurements[0]?.details
  return details !== undefined && 'batchSizes' in details ? (details as unknown as BatchTable) : null
}

function batchesSection(row: RowResult): string[] {
  const found = batchTableOf(row)
  if (found === null) return []
  const { batchSizes, lengths, tokensPerSecond } = found
  const header = ['tokens of a text', ...batchSizes.map((size) => `B = ${size}`)]
  const lines = lengths.map((length, i) => [String(length), ...tokensPerSecond[i]!.map(formatValue)])
  return [`## ${row.title}\n\nTokens per second.\n\n${table(header, lines)}`]
}

/** A point of a growth row's curve. */
export interface CurvePoint {
  readonly texts: number
  readonly seconds: number
  readonly rssBytes: number
}

/** The curve of a growth row's first process. */
export function curveOf({ measurements }: RowResult): readonly CurvePoint[] | null {
  return (measurements[0]?.details.curve as readonly CurvePoint[] | undefined) ?? null
}

function growthTable(rows: readonly RowResult[]): string {
  const lines = rows.flatMap((row) => {
    const curve = curveOf(row)
    if (curve === null || row.median === null) return []
    return [
      [
        row.title,
        `${formatValue(1e6 / row.median)} µs`,
        formatMegabytes(curve[0]?.rssBytes ?? null),
        formatMegabytes(curve.at(-1)?.rssBytes ?? null),
        formatMegabytes(row.peakRssBytes),
      ],
    ]
  })
  return table(['texts', 'time per text', 'memory near the start', 'memory at the end', 'peak memory'], lines)
}

interface Percentiles {
  readonly points: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly encodeP50Ms: number
}

function percentilesOf({ measurements }: RowResult): Percentiles | null {
  const details = measurements[0]?.details
  return details !== undefined && 'p99Ms' in details ? (details as unknown as Percentiles) : null
}

function searchTable(rows: readonly RowResult[]): string {
  const lines = rows.flatMap((row) => {
    const found = percentilesOf(row)
    if (found === null) return []
    const times = [found.p50Ms, found.p99Ms, found.maxMs, found.encodeP50Ms]
    return [[row.title, String(found.points), ...times.map((ms) => `${formatValue(ms)} ms`)]]
  })
  return `First round.\n\n${table(['search', 'points', 'p50', 'p99', 'longest', 'of that encoding, p50'], lines)}`
}

function indexSection({ title, measurements }: RowResult): string[] {
  const details = measurements[0]?.details
  if (details === undefined || !('buildSeconds' in details)) return []
  const found = details as unknown as IndexDetails
  const files = Object.entries(found.fileBytes).map(([name, bytes]) => `${name} ${formatMegabytes(bytes)}`)
  const facts = [
    `${found.realVectors.toLocaleString('en-US')} vectors of sentences, the others made from them`,
    `stored in ${formatValue(found.loadSeconds)} s, index built in ${formatValue(found.buildSeconds)} s`,
    `memory after building ${formatMegabytes(found.rssAfterBuildBytes)}; opened again in ${formatValue(found.openMs)} ms, first query ${formatValue(found.firstQueryMs)} ms, memory after searching ${formatMegabytes(found.rssSearchingBytes)}`,
    `files: ${files.join(', ')}`,
  ]
  const lines = found.searches.map(({ what, recall, p50Ms, p99Ms }) => [
    what,
    recall.toFixed(4),
    `${formatValue(p50Ms)} ms`,
    `${formatValue(p99Ms)} ms`,
  ])
  return [`## ${title}\n\n${list(facts)}\n\n${table(['search', 'recall@10', 'p50', 'p99'], lines)}`]
}

function calibrationTable({ calibration }: BenchReport): string {
  const lines = Object.entries(calibration).flatMap(([peer, tried]) =>
    tried.map((setting) => [
      peer,
      String(setting.batchSize),
      String(setting.parallel ?? 'none'),
      formatUnit(setting.value, 'texts/s'),
    ]),
  )
  return table(['peer', 'batch', 'parallel', 'rate on the first 512 texts'], lines)
}

function goalTable({ goals }: BenchReport): string {
  const lines = goals.map(({ what, atLeast, got, isMet }) => [
    what,
    atLeast.toFixed(2),
    got.toFixed(3),
    isMet ? 'yes' : 'NO',
  ])
  return table(['goal', 'at least', 'got', 'met'], lines)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}
