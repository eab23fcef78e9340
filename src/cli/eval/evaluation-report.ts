import { lastPart } from '../../onnx/nearest-model.js'
import type { Evaluation, MethodResult } from '../../pipeline/search/evaluate.js'
import type { EvaluationMethod } from '../../pipeline/search/evaluation-methods.js'
import type { EvaluationMetric } from '../../pipeline/search/evaluation-metrics.js'
import { comparePaired, type Interval, type PairedComparison } from '../../scoring/paired-bootstrap.js'
import { formatTable } from '../shared/terminal.js'
import type { EncodingCost } from './measure-encoding.js'
import { type EvaluatedSet, type ModelSet, modelsOf } from './model-sets.js'

/** A hit of a question, for a reader. */
export interface ReportedHit {
  readonly documentId: string
  /** The beginning of its text. */
  readonly text: string
  /** What the judgements give it; 0 where they do not have it. */
  readonly grade: number
}

/** The first hits of each question by method, in the order of the questions. */
export type ReportedHits = Readonly<Record<string, readonly (readonly ReportedHit[])[]>>

/** How one set of models did. */
export interface SetResult extends EvaluatedSet {
  readonly evaluation: Evaluation
  /** Each query's value of the first metric, by method. */
  readonly perQuery: Readonly<Record<string, readonly number[]>>
  /** For a report; none without one. */
  readonly firstHits: ReportedHits
  /** By method; null where nothing is compared. */
  readonly costs: Readonly<Record<string, EncodingCost>> | null
}

/** A method with its models. */
interface Row {
  readonly method: EvaluationMethod
  readonly models: Partial<ModelSet>
  readonly result: MethodResult
  readonly confidence: Interval
  readonly cost: EncodingCost | null
  /** To the method with the models that were named first, question by question; null for that itself. */
  readonly difference: PairedComparison | null
}

/** The models of a set as results name them; null where no method needs one. */
export function modelNames({ dense, late, bm25, reranker }: Partial<ModelSet>) {
  return {
    model: dense ?? null,
    lateModel: late ?? null,
    sparseModel: bm25 ?? null,
    rerankModel: reranker ?? null,
  }
}

/** A row for each method and each set of models, those of one method together. */
export function compareSets(results: readonly SetResult[]): Row[] {
  const first = new Map<EvaluationMethod, readonly number[]>()
  const rows = results.flatMap(({ methods, models, evaluation, perQuery, costs }) =>
    methods.map((method): Row => {
      const values = perQuery[method]!
      const reference = first.get(method)
      first.set(method, reference ?? values)
      return {
        method,
        models: modelsOf(models, method),
        result: evaluation.methods[method]!,
        confidence: evaluation.confidence[method]!,
        cost: costs?.[method] ?? null,
        difference: reference === undefined ? null : comparePaired(reference, values),
      }
    }),
  )
  const order = [...first.keys()]
  return rows.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method))
}

/** The rows as JSON has them. */
export function rowsAsJson(rows: readonly Row[]): object[] {
  return rows.map(({ method, models, result, confidence, cost, difference }) => ({
    method,
    ...modelNames(models),
    ...result,
    confidence,
    difference: difference?.difference ?? null,
    differenceConfidence: difference?.interval ?? null,
    isSignificant: difference?.isSignificant ?? null,
    ...cost,
  }))
}

/** A table of the rows; what is compared, and costs, only where there are several sets of models. */
export function formatRows(rows: readonly Row[], metrics: readonly EvaluationMetric[], isComparison: boolean): string {
  const names = metrics.map(({ name }) => name)
  const head = ['method', ...(isComparison ? ['model'] : []), ...names, `95 % of ${names[0]}`]
  const tail = isComparison ? ['to the first', '95 %', 'texts/s', 'bytes/point', 'ms/query'] : ['ms/query']
  const vary = (Object.keys(rows[0]!.models) as (keyof ModelSet)[]).concat('dense', 'bm25', 'late', 'reranker')
  const varying = new Set(vary.filter((kind) => new Set(rows.flatMap(({ models }) => models[kind] ?? [])).size > 1))
  const cells = rows.map(({ method, models, result, confidence, cost, difference }) => [
    method,
    ...(isComparison ? [shortNames(models, varying)] : []),
    ...names.map((name) => result[name]!.toFixed(4)),
    formatInterval(confidence),
    ...(isComparison
      ? [formatDifference(difference), difference === null ? '' : formatInterval(difference.interval, true)]
      : []),
    ...(cost === null ? [] : [cost.textsPerSecond.toFixed(1), String(cost.bytesPerPoint)]),
    (result.secondsPerQuery * 1000).toFixed(1),
  ])
  const note = '\n* the interval leaves 0 out: the difference is hardly by chance'
  return `${formatTable([...head, ...tail], cells)}${rows.some(({ difference }) => difference?.isSignificant) ? note : ''}`
}

/** The last parts of the names of models in which rows differ, else of all. */
function shortNames(models: Partial<ModelSet>, varying: ReadonlySet<keyof ModelSet>): string {
  const named = Object.entries(models).flatMap(([kind, name]) => (name === null ? [] : [[kind, name] as const]))
  const differing = named.filter(([kind]) => varying.has(kind as keyof ModelSet))
  return (differing.length > 0 ? differing : named).map(([, name]) => lastPart(name)).join(' + ')
}

function formatDifference(difference: PairedComparison | null): string {
  if (difference === null) return ''
  return `${signed(difference.difference)}${difference.isSignificant ? ' *' : ''}`
}

/** `0.1000 to 0.2000`; of a difference with signs. */
export function formatInterval([low, high]: Interval, isSigned = false): string {
  const format = isSigned ? signed : (value: number) => value.toFixed(4)
  return `${format(low)} to ${format(high)}`
}

/** A number with its sign. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
