import { escapeHtml } from './escape-html.js'
import { formatComparisons, formatMegabytes, formatRatios, formatUnit, formatValue } from './format-figures.js'
import { batchTableOf, curveOf, describeRun, formatSetting } from './render-markdown.js'
import type { BenchReport, RowResult } from './report.js'
import { drawBars, drawLines } from './svg-chart.js'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --paper: #fff; --line: #e0e1e6; --bar: #3e63dd; --peer: #b0b4ba; --warm: #e5484d; --third: #30a46c }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --paper: #111113; --line: #2e3135; --bar: #5472e4; --peer: #696e77; --warm: #ff6369; --third: #3dd68c } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1080px; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2; font-weight: 600 } h2 { margin-top: 2.5rem }
svg { width: 100%; max-width: 860px; height: auto; font: 12px system-ui, sans-serif }
svg text { fill: var(--ink); dominant-baseline: middle } .label { text-anchor: end } .tick { text-anchor: middle; fill: var(--soft) } .end { text-anchor: end }
.bar { fill: var(--bar) } .peer { fill: var(--peer) } .dot { fill: var(--paper); stroke: var(--ink) } .grid { stroke: var(--line) }
.line { fill: none; stroke: var(--bar); stroke-width: 2 } .line-1 { stroke: var(--warm) } .line-2 { stroke: var(--third) }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: 13px } th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 500 } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .no { color: var(--warm); font-weight: 600 } .soft { color: var(--soft) }`

/** The report as one page without scripts, fonts or anything else from elsewhere. */
export function renderHtml(report: BenchReport): string {
  const { rows, goals, failures, notMeasured, environment } = report
  const record = describeRun(report).map((line) => `<li>${escapeHtml(line.replace(/^- /, ''))}</li>`)
  const sections = [
    `<h1>offgrid bench</h1><ul class="soft">${record.join('')}</ul>`,
    barSection('Texts per second', 'More is better; a dot for each round.', rows.filter(isThroughput), report),
    barSection('Ingest', 'Documents per second, from the file to the store.', rows.filter(isIngest), report),
    barSection(
      'Milliseconds',
      'Less is better.',
      rows.filter(({ unit }) => unit === 'ms'),
      report,
    ),
    growthSection(rows),
    ...rows.map(batchSection),
    `<h2>Figures</h2>${rowTable(rows)}`,
    goals.length === 0
      ? ''
      : `<h2>Goals</h2>${table(
          ['goal', 'at least', 'got', 'met'],
          goals.map(({ what, atLeast, got, isMet }) => [
            cell(what),
            numberCell(atLeast.toFixed(2)),
            numberCell(got.toFixed(3)),
            isMet ? cell('yes') : '<td class="no">NO</td>',
          ]),
        )}`,
    failures.length === 0
      ? ''
      : `<h2>Failed</h2><ul>${failures.map(({ row, message }) => `<li>${escapeHtml(`${row}: ${message}`)}</li>`).join('')}</ul>`,
    `<h2>NOT MEASURED</h2><ul>${notMeasured.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`,
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>offgrid bench, ${escapeHtml(environment.date.slice(0, 10))}</title><style>${STYLE}
</style></head><body>
${sections.filter((section) => section !== '').join('\n')}
</body></html>
`
}

const isIngest = ({ name }: RowResult) => name.startsWith('ingest-')
/** BM25 and tokenizers are a hundred times as fast as a model: on one scale with it, nothing else could be seen. */
const isThroughput = ({ name, unit }: RowResult) =>
  unit === 'texts/s' && !/^(ingest|growth|quality|tokenizer|bm25|fastembed-bm25)/.test(name)

function barSection(title: string, note: string, rows: readonly RowResult[], { parameters }: BenchReport): string {
  const bars = rows.flatMap((row) => {
    if (row.median === null) return []
    const values = row.values.filter((value) => value !== null)
    const isPeer = parameters.peers.some((peer) => row.name === peer || row.name.startsWith(`${peer}-`))
    return [{ label: row.name, value: row.median, values, text: formatUnit(row.median, row.unit), isPeer }]
  })
  return bars.length === 0
    ? ''
    : `<h2>${escapeHtml(title)}</h2><p class="soft">${escapeHtml(note)}</p>${drawBars(bars)}`
}

function growthSection(rows: readonly RowResult[]): string {
  const found = rows.filter((row) => curveOf(row) !== null && row.median !== null)
  if (found.length === 0) return ''
  const precisions = [...new Set(found.map(({ name }) => name.split('-')[1]!))]
  const times = precisions.map((label) => ({
    label,
    points: found
      .filter(({ name }) => name.split('-')[1] === label)
      .map((row) => ({ x: row.measurements[0]!.texts, y: 1e6 / row.median! })),
  }))
  const memory = precisions.map((label) => ({
    label,
    points: (curveOf(found.filter(({ name }) => name.split('-')[1] === label).at(-1)!) ?? []).map(
      ({ texts, rssBytes }) => ({ x: texts, y: rssBytes }),
    ),
  }))
  return (
    `<h2>Growth</h2><p class="soft">Time per text, by the number of texts.</p>${drawLines(times, 'texts', (y) => `${formatValue(y)} µs`)}` +
    `<p class="soft">Resident memory while the longest run goes on.</p>${drawLines(memory, 'texts done', formatMegabytes)}`
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
  return `<h2>${escapeHtml(row.title)}</h2><p class="soft">Tokens per second.</p>${table(['tokens of a text', ...batchSizes.map((size) => `B = ${size}`)], lines)}`
}

function rowTable(rows: readonly RowResult[]): string {
  const header = ['row', 'median', 'values', 'tokens/s', 'peak memory', 'speed ratios', 'vectors', 'nDCG@10']
  return table(
    header,
    rows.map((row) => [
      `<td>${escapeHtml(row.name)}<br><span class="soft">${escapeHtml(row.title + formatSetting(row))}</span></td>`,
      numberCell(formatUnit(row.median, row.unit)),
      cell(row.values.map((value) => (value === null ? '–' : formatValue(value))).join(' ')),
      numberCell(row.tokensPerSecond === null ? '' : formatValue(Math.round(row.tokensPerSecond))),
      numberCell(formatMegabytes(row.peakRssBytes)),
      cell(formatRatios(row.ratios)),
      cell(formatComparisons(row.vectors)),
      numberCell(row['nDCG@10']?.toFixed(4) ?? ''),
    ]),
  )
}

function cell(text: string): string {
  return `<td>${escapeHtml(text)}</td>`
}

function numberCell(text: string): string {
  return `<td class="number">${escapeHtml(text)}</td>`
}

/** Cells come as HTML. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((name) => `<th>${escapeHtml(name)}</th>`).join('')
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('')}</tbody></table></div>`
}
