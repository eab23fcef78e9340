import { escapeHtml } from '../../reports/escape-html.js'
import {
  numberCell,
  renderDrawing,
  renderReport,
  renderSection,
  renderTable,
  textCell,
} from '../../reports/html-report.js'
import { drawBars, drawIntervals, drawLines, drawPoints } from '../../reports/svg-chart.js'
import { formatComparisons, formatMegabytes, formatRatios, formatUnit, formatValue } from './format-figures.js'
import { batchTableOf, curveOf, describeRun, formatSetting } from './render-markdown.js'
import type { BenchReport, RowResult } from './report.js'

/** The report as one page without scripts, fonts or anything else from elsewhere. */
export function renderHtml(report: BenchReport): string {
  const { rows, environment } = report
  const record = describeRun(report).map((line) => `<li>${escapeHtml(line.replace(/^- /, ''))}</li>`)
  const named = (begin: string) => rows.filter(({ name }) => name.startsWith(begin) || name.includes(`-${begin}`))
  return renderReport(`offgrid bench, ${environment.date.slice(0, 10)}`, [
    `<h1>How fast, and how good</h1><ul class="soft small">${record.join('')}</ul>`,
    tradeSection(report),
    qualitySection(rows),
    barSection('Texts per second', 'More is better; a dot for each round.', rows.filter(isThroughput), report),
    barSection('BM25 and tokenizers', 'Texts per second; more is better.', rows.filter(isWords), report),
    barSection('Ingest', 'Documents per second, from the file to the store.', rows.filter(isIngest), report),
    memorySection(report),
    barSection('Time of a search', 'Less is better.', named('query-'), report),
    barSection(
      'Time from the start of the process to the first vector',
      'Less is better.',
      named('cold-start'),
      report,
    ),
    barSection('Time of a search in an index', 'Less is better.', named('index-'), report),
    growthSection(rows),
    ...rows.map(batchSection),
    renderSection('All figures', '', rowTable(rows)),
    goalSection(report),
    failureSection(report),
    notMeasuredSection(report),
  ])
}

const isIngest = ({ name }: RowResult) => name.startsWith('ingest-')
/** BM25 and tokenizers are a hundred times as fast as a model: on one scale with it, nothing else could be seen. */
const isWords = ({ name, unit }: RowResult) => unit === 'texts/s' && /^(tokenizer|bm25|fastembed-bm25)/.test(name)
const isThroughput = (row: RowResult) =>
  row.unit === 'texts/s' && !isWords(row) && !/^(ingest|growth|quality)/.test(row.name)

/** What a row measures, as a person says it. */
function labelOf(row: RowResult): string {
  const text = row.title + formatSetting(row)
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function isPeer({ name }: RowResult, { parameters }: BenchReport): boolean {
  return parameters.peers.some((peer) => name === peer || name.startsWith(`${peer}-`))
}

/** Speed against quality: the two that one chooses between. */
function tradeSection(report: BenchReport): string {
  const points = report.rows.flatMap((row) => {
    const { 'nDCG@10': y, median: x, unit } = row
    if (y === undefined || x === null || unit !== 'texts/s' || isIngest(row) || row.name.startsWith('quality'))
      return []
    return [{ label: labelOf(row), x, y, isPeer: isPeer(row, report) }]
  })
  if (points.length === 0) return ''
  const axes = { x: 'texts per second, on a logarithmic axis', y: 'nDCG@10', formatX: formatValue }
  return renderSection(
    'Speed against quality',
    'Further up finds better, further to the right embeds faster.',
    renderDrawing(drawPoints('Texts per second and nDCG@10 of each way to embed', points, axes)),
  )
}

const METHOD_LABELS: Readonly<Record<string, string>> = {
  dense: 'Dense vectors alone',
  bm25: 'BM25 alone',
  late: 'Late interaction over both lists',
  default: 'All three fused, as search does',
}

/** How good each method was, with the interval where it was measured with one. */
function qualitySection(rows: readonly RowResult[]): string {
  const found = rows.filter(({ name, measurements }) => name.startsWith('quality-') && measurements.length > 0)
  const means = found.flatMap(({ name, measurements }) => {
    const details = measurements[0]!.details as {
      readonly 'nDCG@10': Readonly<Record<string, number>>
      readonly confidence?: Readonly<Record<string, readonly [number, number]>>
    }
    return Object.entries(details['nDCG@10']).map(([method, value]) => {
      const [low, high] = details.confidence?.[method] ?? [value, value]
      const label = `${METHOD_LABELS[method] ?? method}, ${name.slice('quality-'.length)}`
      return { label, value, low, high, text: value.toFixed(4) }
    })
  })
  if (means.length === 0) return ''
  return renderSection(
    'Quality by method',
    'nDCG@10 over the judged questions. The line is where it lies with 95 % confidence, had other questions of the kind been asked.',
    renderDrawing(drawIntervals('nDCG@10 of each method', means, (x) => x.toFixed(2))),
  )
}

function barSection(heading: string, note: string, rows: readonly RowResult[], report: BenchReport): string {
  const bars = rows.flatMap((row) => {
    if (row.median === null) return []
    const values = row.values.filter((value) => value !== null)
    const text = formatUnit(row.median, row.unit)
    return [{ label: labelOf(row), value: row.median, values, text, isPeer: isPeer(row, report) }]
  })
  return bars.length === 0 ? '' : renderSection(heading, note, renderDrawing(drawBars(heading, bars)))
}

function memorySection(report: BenchReport): string {
  const bars = report.rows
    .filter((row) => isThroughput(row) || isIngest(row))
    .flatMap((row) => {
      const { peakRssBytes: value } = row
      if (value === null) return []
      return [{ label: labelOf(row), value, values: [], text: formatMegabytes(value), isPeer: isPeer(row, report) }]
    })
  if (bars.length === 0) return ''
  const note = 'The most that the process held at any time, model included. Less is better.'
  return renderSection('Memory', note, renderDrawing(drawBars('Peak memory', bars)))
}

function growthSection(rows: readonly RowResult[]): string {
  const found = rows.filter((row) => curveOf(row) !== null && row.median !== null)
  if (found.length === 0) return ''
  const precisions = [...new Set(found.map(({ name }) => name.split('-')[1]!))]
  const ofPrecision = (label: string) => found.filter(({ name }) => name.split('-')[1] === label)
  const times = precisions.map((label) => ({
    label,
    points: ofPrecision(label).map((row) => ({ x: row.measurements[0]!.texts, y: 1e6 / row.median! })),
  }))
  const memory = precisions.map((label) => ({
    label,
    points: (curveOf(ofPrecision(label).at(-1)!) ?? []).map(({ texts, rssBytes }) => ({ x: texts, y: rssBytes })),
  }))
  const timed = drawLines('Time per text', times, 'texts', (y) => `${formatValue(y)} µs`)
  const held = drawLines('Resident memory', memory, 'texts done', formatMegabytes)
  return renderSection(
    'Growth',
    'Time per text, by the number of texts.',
    `${renderDrawing(timed)}<p class="soft">Resident memory while the longest run goes on.</p>${renderDrawing(held)}`,
  )
}

function batchSection(row: RowResult): string {
  const found = batchTableOf(row)
  if (found === null) return ''
  const { batchSizes, lengths, tokensPerSecond } = found
  const lines = lengths.map((length, i) => [
    numberCell(String(length)),
    ...tokensPerSecond[i]!.map((rate) => numberCell(formatValue(rate))),
  ])
  const header = ['tokens of a text', ...batchSizes.map((size) => `B = ${size}`)]
  return renderSection(labelOf(row), 'Tokens per second.', renderTable(header, lines))
}

function rowTable(rows: readonly RowResult[]): string {
  const header = ['what', 'median', 'values', 'tokens/s', 'peak memory', 'times as fast as', 'vectors', 'nDCG@10']
  return renderTable(
    header,
    rows.map((row) => [
      `<td>${escapeHtml(labelOf(row))}<br><span class="soft">${escapeHtml(row.name)}</span></td>`,
      numberCell(formatUnit(row.median, row.unit)),
      textCell(row.values.map((value) => (value === null ? '–' : formatValue(value))).join(' ')),
      numberCell(row.tokensPerSecond === null ? '' : formatValue(Math.round(row.tokensPerSecond))),
      numberCell(formatMegabytes(row.peakRssBytes)),
      textCell(formatRatios(row.ratios)),
      textCell(formatComparisons(row.vectors)),
      numberCell(row['nDCG@10']?.toFixed(4) ?? ''),
    ]),
  )
}

function goalSection({ goals }: BenchReport): string {
  if (goals.length === 0) return ''
  const lines = goals.map(({ what, atLeast, got, isMet }) => [
    textCell(what),
    numberCell(atLeast.toFixed(2)),
    numberCell(got.toFixed(3)),
    isMet ? textCell('yes') : '<td class="no">NO</td>',
  ])
  return renderSection('Goals', '', renderTable(['goal', 'at least', 'got', 'met'], lines))
}

function failureSection({ failures }: BenchReport): string {
  if (failures.length === 0) return ''
  const items = failures.map(({ row, message }) => `<li>${escapeHtml(`${row}: ${message}`)}</li>`)
  return renderSection('Failed', '', `<ul>${items.join('')}</ul>`)
}

function notMeasuredSection({ notMeasured }: BenchReport): string {
  if (notMeasured.length === 0) return ''
  return `<p class="soft small">Not measured: ${escapeHtml(notMeasured.join('; '))}.</p>`
}
