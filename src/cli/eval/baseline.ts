import { readFile } from 'node:fs/promises'
import { InputError } from '../../errors.js'
import { isObject, jsonObject } from '../../options.js'
import type { BeirDataset } from '../../pipeline/search/beir.js'
import type { EvaluationMetric } from '../../pipeline/search/evaluation-metrics.js'
import { parseRun } from '../../pipeline/search/trec-run.js'
import { comparePaired, type PairedComparison } from '../../scoring/paired-bootstrap.js'
import { countOf } from '../shared/terminal.js'
import { formatInterval, type SetResult, signed } from './evaluation-report.js'
import { mainMethod } from './query-files.js'

/** Each query's value of one metric, of an evaluation or a run before this one. */
export interface Baseline {
  readonly file: string
  /** By method, then by query. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** How a method did beside the baseline. */
export interface BaselineComparison extends PairedComparison {
  readonly method: string
  readonly before: number
  readonly now: number
  readonly queries: number
}

/** Of all methods together: with several, each has to be surer. */
const CHANCE_OF_FALSE_ALARM = 0.05

/**
 * Reads what `eval --json` printed, or a run in TREC's form, which stands for the method that `--run` writes.
 * @throws InputError `BASELINE_INVALID`
 */
export async function readBaseline(
  file: string,
  metric: EvaluationMetric,
  { queries, qrels }: BeirDataset,
  methods: readonly string[],
): Promise<Baseline> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new InputError('BASELINE_INVALID', `--baseline: cannot read ${file}: ${error.message}`)
  })
  const values = text.trimStart().startsWith('{')
    ? valuesOfResult(text, file, metric)
    : new Map([[mainMethod('--baseline', methods), valuesOfRun(parseRun(text, file))]])
  const known = new Set(queries.map(({ id }) => id))
  const compared = [...values].filter(([method]) => methods.includes(method))
  if (compared.some(([, each]) => [...each.keys()].some((id) => known.has(id)))) return { file, values }
  throw new InputError(
    'BASELINE_INVALID',
    `--baseline: expected values of ${methods.join(', ')} for questions of this dataset, found none in ${file}.`,
  )

  /** A question that the run found nothing for counts 0, as trec_eval -c has it. */
  function valuesOfRun(run: ReadonlyMap<string, readonly string[]>): Map<string, number> {
    if (!queries.some(({ id }) => run.has(id))) return new Map()
    return new Map(queries.map(({ id }) => [id, metric.measure(run.get(id) ?? [], qrels.get(id)!)]))
  }
}

function valuesOfResult(text: string, file: string, metric: EvaluationMetric): Map<string, Map<string, number>> {
  const { perQuery } = (jsonObject(text) ?? {}) as { perQuery?: PerQuery }
  if (!isPerQuery(perQuery)) {
    throw new InputError(
      'BASELINE_INVALID',
      `--baseline: expected what eval --json printed, or a run in TREC's form, got ${file}, which has no values of each query.`,
    )
  }
  if (perQuery.metric !== metric.name) {
    throw new InputError(
      'BASELINE_INVALID',
      `--baseline: ${file} has ${perQuery.metric} of each query, and ${metric.name} is the first of --metrics: expected the same.`,
    )
  }
  return new Map(
    Object.entries(perQuery.values).map(([method, values]) => [
      method,
      new Map(perQuery.queries.map((id, i) => [id, values[i]!])),
    ]),
  )
}

/** Each query's value of the first metric, as `eval --json` prints them. */
export interface PerQuery {
  readonly metric: string
  readonly queries: readonly string[]
  readonly values: Readonly<Record<string, readonly number[]>>
}

function isPerQuery(value: unknown): value is PerQuery {
  if (!isObject(value) || typeof value.metric !== 'string' || !Array.isArray(value.queries)) return false
  const { queries, values } = value
  const isList = (each: unknown) =>
    Array.isArray(each) && each.length === queries.length && each.every((number) => typeof number === 'number')
  return isObject(values) && Object.values(values).every(isList)
}

/**
 * Holds the methods that both have against the baseline, question by question, over the questions that both have. An interval is wider
 * the more methods there are, so that all of them together give a false alarm in at most one of twenty cases.
 */
export function compareWithBaseline({ values }: Baseline, queries: readonly string[], now: SetResult['perQuery']) {
  const methods = Object.keys(now).filter((method) => values.has(method))
  return methods.map((method): BaselineComparison => {
    const before = values.get(method)!
    const pairs = queries.flatMap((id, i) => (before.has(id) ? [[before.get(id)!, now[method]![i]!] as const] : []))
    const [first, second] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)]
    const compared = comparePaired(first, second, { confidence: 1 - CHANCE_OF_FALSE_ALARM / methods.length })
    return { method, ...compared, before: mean(first), now: mean(second), queries: pairs.length }
  })
}

/** Whether it is worse, and hardly by chance. */
export function isLoss({ difference, isSignificant }: PairedComparison): boolean {
  return isSignificant && difference < 0
}

/** A sentence for each method. */
export function describeBaseline(file: string, metric: string, comparisons: readonly BaselineComparison[]): string[] {
  return comparisons.map((comparison) => {
    const { method, before, now, difference, interval, queries } = comparison
    const verdict = isLoss(comparison)
      ? 'is worse than'
      : comparison.isSignificant
        ? 'is better than'
        : difference === 0
          ? 'is as good as'
          : 'is not clearly apart from'
    return `${method} ${verdict} ${file}: ${metric} ${before.toFixed(4)} before, ${now.toFixed(4)} now (${signed(difference)}, interval ${formatInterval(interval, true)}) on ${countOf(queries, 'question')}`
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Each query's value of the first metric, as a later evaluation is held against. */
export function valuesOfQueries(
  { perQuery }: SetResult,
  { queries }: BeirDataset,
  metrics: readonly EvaluationMetric[],
): PerQuery {
  return { metric: metrics[0]!.name, queries: queries.map(({ id }) => id), values: perQuery }
}
