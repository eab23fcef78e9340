import { lastPart } from '../../onnx/nearest-model.js'
import type { BeirDataset } from '../../pipeline/search/beir.js'
import type { EvaluationHit } from '../../pipeline/search/evaluate.js'
import { EVALUATION_METHODS, type EvaluationMethod } from '../../pipeline/search/evaluation-methods.js'
import type { EvaluationMetric } from '../../pipeline/search/evaluation-metrics.js'
import { hitText } from '../../pipeline/search/hit-text.js'
import { escapeHtml } from '../../reports/escape-html.js'
import { numberCell, renderDrawing, renderReport, renderSection, renderTable } from '../../reports/html-report.js'
import { drawDifferences, drawIntervals, withSign } from '../../reports/svg-chart.js'
import type { Judgements } from '../../scoring/metrics.js'
import { comparePaired, type Interval, type PairedComparison } from '../../scoring/paired-bootstrap.js'
import type { ReportedHit, SetResult } from './evaluation-report.js'
import { modelsOf } from './model-sets.js'

/** What the report says beside its figures. */
export interface EvaluationFacts {
  readonly dataset: BeirDataset
  readonly documents: number
  readonly metrics: readonly EvaluationMetric[]
  readonly precision: string
  readonly date: Date
}

/** A way to search: a method with its models. */
interface Way {
  readonly label: string
  readonly method: EvaluationMethod
  readonly result: Readonly<Record<string, number>>
  readonly confidence: Interval
  /** Each question's value of the first metric. */
  readonly values: readonly number[]
  readonly hits: readonly (readonly ReportedHit[])[]
}

/** Questions that are shown of each kind, and hits of each; characters of a hit. */
const SHOWN = 3
const SHOWN_LENGTH = 200
const SHOWN_WORST = 5
const METHOD_LABELS: Readonly<Record<EvaluationMethod, string>> = {
  dense: 'Dense vectors',
  bm25: 'BM25',
  late: 'Late interaction',
  'dense+late': 'Dense, then late interaction',
  rrf: 'Dense + BM25, by rank',
  dbsf: 'Dense + BM25, by score',
  default: 'All three, as search does',
  rerank: 'Reranked',
}

/** Methods with their intervals, where each gains and loses question by question, and the questions themselves with their hits: one HTML file. */
export function renderEvaluation(results: readonly SetResult[], facts: EvaluationFacts): string {
  const { dataset, documents, metrics, precision, date } = facts
  const ways = waysOf(results)
  const reference = ways.find(({ method }) => method === 'default') ?? ways[0]!
  const metric = metrics[0]!.name
  const others = ways.filter((way) => way !== reference)
  const said = `${dataset.queries.length.toLocaleString('en-US')} questions, ${documents.toLocaleString('en-US')} documents, ${precision}, ${date.toISOString().slice(0, 10)}`
  const compared = others.map((way) => ({ way, paired: comparePaired(reference.values, way.values) }))
  return renderReport(`Evaluation of ${dataset.name}`, [
    `<h1>How good search is on ${escapeHtml(dataset.name)}</h1><p class="soft">${escapeHtml(said)}</p>`,
    renderSection(
      `${metric} of each method`,
      'The dot is the mean over the questions. The line is where it lies with 95 % confidence, had other questions of the kind been asked.',
      renderDrawing(drawIntervals(`${metric} of each method`, ways.map(toInterval(metric)), (x) => x.toFixed(2))),
    ),
    compared.length === 0 ? '' : differenceSection(reference, compared, metric),
    renderSection('All figures', '', figureTable(ways, metrics)),
    worstSection(reference, dataset, metric),
    ...compared.map(({ way, paired }) => duelSection(reference, way, paired, dataset, metric)),
  ])
}

/** The first hits of a question as a report shows them. */
export function toReported(hits: readonly EvaluationHit[], judgements: Judgements | undefined): ReportedHit[] {
  return hits.slice(0, SHOWN).map(({ documentId, payload }) => {
    const text = hitText(payload)
    const isCut = text.length > SHOWN_LENGTH
    const grade = judgements?.get(documentId) ?? 0
    return { documentId, grade, text: isCut ? `${text.slice(0, SHOWN_LENGTH)}…` : text }
  })
}

function waysOf(results: readonly SetResult[]): Way[] {
  const isComparison = results.length > 1
  return results.flatMap(({ methods, models, evaluation, perQuery, firstHits }) =>
    methods.map((method): Way => {
      const names = Object.values(modelsOf(models, method)).flatMap((name) => (name === null ? [] : [lastPart(name)]))
      return {
        label: `${METHOD_LABELS[method]}${isComparison ? `, ${names.join(' + ')}` : ''}`,
        ...{ method, result: evaluation.methods[method]!, confidence: evaluation.confidence[method]! },
        ...{ values: perQuery[method]!, hits: firstHits[method]! },
      }
    }),
  )
}

function toInterval(metric: string) {
  return ({ label, result, confidence: [low, high] }: Way) => {
    const value = result[metric]!
    return { label, value, low, high, text: value.toFixed(4) }
  }
}

function differenceSection(
  reference: Way,
  compared: readonly { readonly way: Way; readonly paired: PairedComparison }[],
  metric: string,
): string {
  const rows = compared.map(({ way, paired: { difference, interval, isSignificant } }) => ({
    ...{ label: way.label, value: difference, low: interval[0], high: interval[1] },
    text: `${withSign(difference, 4)}${isSignificant ? ' *' : ''}`,
  }))
  return renderSection(
    `Against “${reference.label}”, question by question`,
    `How much more or less ${metric} each has on the same questions. A line that does not cross zero (*) is hardly by chance.`,
    renderDrawing(drawIntervals(`differences of ${metric}`, rows, (x) => withSign(x, 2))),
  )
}

function figureTable(ways: readonly Way[], metrics: readonly EvaluationMetric[]): string {
  const names = metrics.map(({ name }) => name)
  const rows = ways.map(({ label, method, result, confidence: [low, high] }) => [
    `<td>${escapeHtml(label)}<br><span class="soft">${escapeHtml(EVALUATION_METHODS[method].what)}</span></td>`,
    ...names.map((name) => numberCell(result[name]!.toFixed(4))),
    `<td class="whole">${low.toFixed(4)} to ${high.toFixed(4)}</td>`,
    numberCell((result.secondsPerQuery! * 1000).toFixed(1)),
  ])
  return renderTable(['method', ...names, `95 % of ${names[0]}`, 'ms/question'], rows)
}

/** The questions that the reference answers worst, with what it found. */
function worstSection(way: Way, dataset: BeirDataset, metric: string): string {
  const worst = orderBy(way.values.map((value, i) => ({ i, value }))).slice(0, SHOWN_WORST)
  const zero = way.values.filter((value) => value === 0).length
  const note = `${zero} of ${way.values.length} questions have a ${metric} of 0: nothing that the judgements know is among the first hits.`
  const blocks = worst.map(({ i, value }) => question(dataset, i, [{ way, value }]))
  return renderSection(`Worst questions of “${way.label}”`, note, blocks.join(''))
}

function duelSection(
  reference: Way,
  way: Way,
  { difference, interval, isSignificant }: PairedComparison,
  dataset: BeirDataset,
  metric: string,
): string {
  const differences = orderBy(way.values.map((value, i) => ({ i, value: value - reference.values[i]! })))
  const gains = differences.filter(({ value }) => value > 0).reverse()
  const losses = differences.filter(({ value }) => value < 0)
  const verdict = !isSignificant
    ? `The means differ by ${withSign(difference, 4)}, which may be by chance (${range(interval)}).`
    : `On the mean it is ${difference > 0 ? 'better' : 'worse'} by ${Math.abs(difference).toFixed(4)} (${range(interval)}).`
  const note = `Better on ${gains.length}, worse on ${losses.length}, equal on ${differences.length - gains.length - losses.length} of ${differences.length} questions. ${verdict}`
  const chart = drawDifferences(
    `difference of ${metric} on each question`,
    [...differences].reverse().map(({ value }) => value),
  )
  const blocks = (heading: string, some: readonly { readonly i: number }[]) =>
    some.length === 0
      ? ''
      : `<h3>${heading}</h3>${some
          .slice(0, SHOWN)
          .map(({ i }) =>
            question(dataset, i, [
              { way, value: way.values[i]! },
              { way: reference, value: reference.values[i]! },
            ]),
          )
          .join('')}`
  return renderSection(
    `“${way.label}” against “${reference.label}”`,
    note,
    renderDrawing(chart) + blocks('Where it loses most', losses) + blocks('Where it gains most', gains),
  )
}

function question(
  { queries, qrels }: BeirDataset,
  i: number,
  answers: readonly { readonly way: Way; readonly value: number }[],
): string {
  const { id, text } = queries[i]!
  const judged = [...(qrels.get(id)?.values() ?? [])].filter((grade) => grade > 0).length
  const columns = answers.map(({ way, value }) => {
    const hits = way.hits[i]!.map(({ documentId, text, grade }) => {
      const mark = grade > 0 ? '<span class="good">✓ relevant</span>' : '<span class="soft">not judged relevant</span>'
      return `<li><code>${escapeHtml(documentId)}</code> ${mark}<br><span class="small">${escapeHtml(text)}</span></li>`
    })
    const list = hits.length === 0 ? '<p class="soft">nothing was found</p>' : `<ol>${hits.join('')}</ol>`
    return `<div><p><strong>${value.toFixed(3)}</strong> <span class="soft">${escapeHtml(way.label)}</span></p>${list}</div>`
  })
  const known = `${judged} relevant`
  return `<article><p><strong>${escapeHtml(text)}</strong> <span class="soft small">${escapeHtml(id)}, ${known}</span></p><div class="pair">${columns.join('')}</div></article>`
}

function orderBy<T extends { readonly value: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => a.value - b.value)
}

function range([low, high]: Interval): string {
  return `${withSign(low, 4)} to ${withSign(high, 4)}`
}
