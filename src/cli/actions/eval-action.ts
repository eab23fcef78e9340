import type { CrossEncoderSpec } from '../../encoders/pairs/cross-encoder.js'
import { optionError } from '../../errors.js'
import { given } from '../../options.js'
import { type BeirDataset, readBeirDataset } from '../../pipeline/search/beir.js'
import { evaluate } from '../../pipeline/search/evaluate.js'
import { EvaluationCorpora } from '../../pipeline/search/evaluation-corpora.js'
import { EVALUATION_METHODS, parseEvaluationMethods } from '../../pipeline/search/evaluation-methods.js'
import { type EvaluationMetric, parseMetrics } from '../../pipeline/search/evaluation-metrics.js'
import type { ScorePairs } from '../../pipeline/search/rerank-hits.js'
import { formatRun } from '../../pipeline/search/trec-run.js'
import { readTuningQuestions } from '../../pipeline/search/tuning-questions.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { PooledCrossEncoder } from '../../pool/pooled-cross-encoder.js'
import { withStore } from '../../stores/open-store.js'
import {
  type BaselineComparison,
  compareWithBaseline,
  describeBaseline,
  isLoss,
  readBaseline,
  valuesOfQueries,
} from '../eval/baseline.js'
import {
  type EmbeddedCorpora,
  type EmbeddedSet,
  type EmbedParts,
  embedCorpora,
  evaluationPlan,
  openPart,
} from '../eval/embed-corpora.js'
import type { EvalFlags } from '../eval/eval-options.js'
import { renderEvaluation, toReported } from '../eval/eval-report.js'
import {
  compareSets,
  formatRows,
  modelNames,
  type ReportedHit,
  rowsAsJson,
  type SetResult,
} from '../eval/evaluation-report.js'
import { type EncodingCost, measureEncoding, readFirstTexts } from '../eval/measure-encoding.js'
import { type EvaluatedSet, readModelSets } from '../eval/model-sets.js'
import { mainMethod, OUTPUTS, openOutputs, type QueryFiles } from '../eval/query-files.js'
import {
  describeTuned,
  requireTunable,
  type TunedLists,
  tunedAsJson,
  tuneLists,
  writeTuned,
} from '../eval/tune-lists.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { interruptible } from '../shared/interrupt.js'
import { createOutputFile, fillOutput, requireOtherFile } from '../shared/output-file.js'
import { countOf, Terminal } from '../shared/terminal.js'

/** What `eval` does. @returns the exit code */
export async function evalAction(directory: string, flags: EvalFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const methods = parseEvaluationMethods(flags.methods.split(',').map((name) => name.trim()))
  const metrics = parseMetrics(flags.metrics)
  const sets = await readModelSets(flags, methods)
  // before the corpus is embedded, every model is known to be of its kind
  for (const { models, methods: own } of sets)
    for (const method of own) await evaluationPlan(models, EVALUATION_METHODS[method].needs, flags)
  const found = await readBeirDataset(directory, flags.split)
  const dataset = flags.queries === undefined ? found : { ...found, queries: found.queries.slice(0, flags.queries) }
  requireTunable(flags, sets, dataset)
  requireOneRun(flags, sets, methods)
  const { baseline: before } = flags
  const baseline = before === undefined ? null : await readBaseline(before, metrics[0]!, dataset, methods)
  for (const option of ['perQuery', 'run', 'out', 'errors', 'report'] as const) {
    await requireOtherFile(OUTPUTS[option], flags[option], [dataset.corpus])
  }
  const corpora = await EvaluationCorpora.open(flags.store)
  return withStore({ kind: 'local', path: flags.store }, 'write', async (store) => {
    using interrupt = interruptible(() => terminal.note('stopping: what is embedded is kept for the next time'))
    const { signal } = interrupt
    await using page = await createOutputFile('--report', flags.report)
    await using pool = await EncoderPool.create(given({ workers: flags.workers }))
    for (const { models } of sets) if (models.reranker !== null) await pool.scorePiece(rerankerOf(models.reranker), [])
    const embedded = await embedCorpora(sets, flags, { dataset, corpora, store, pool, terminal, signal })
    if (embedded === null) return EXIT_CODE.interrupted
    const parts = { dataset, metrics, store, pool, terminal, signal }
    const results = await searchSets(embedded, flags, parts)
    const tuned = results !== null && flags.tune === true ? await tuneSet(embedded.sets[0]!, parts) : undefined
    if (results === null || tuned === null) {
      terminal.warn('interrupted: what is embedded is kept for the next time')
      return EXIT_CODE.interrupted
    }
    const points = await store.count(embedded.collections[0]!)
    const gone = flags.clean === true ? await corpora.clean(store) : await corpora.prune(store, embedded.collections)
    if (gone.length > 0) terminal.note(`deleted from ${flags.store}: ${gone.join(', ')}`)
    const queries = dataset.queries.map(({ id }) => id)
    const compared = baseline === null ? [] : compareWithBaseline(baseline, queries, results[0]!.perQuery)
    const beside = { ...embedded.summary, points, tuned, compared }
    printResults(results, beside, dataset, metrics, flags, terminal)
    if (page !== null) {
      const facts = { dataset, metrics, documents: embedded.summary.documents, precision: flags.precision }
      await page.append(renderEvaluation(results, { ...facts, date: new Date() }))
      await page.finish()
      terminal.note(`${flags.report}: methods with their intervals, and where each gains and loses`)
    }
    if (tuned !== undefined) await writeTuned(tuned, flags, terminal)
    if (compared.some(isLoss)) return EXIT_CODE.lost
    return embedded.summary.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  })
}

/** @throws InputError `INVALID_OPTION` where it would not be clear whose hits a run file has, or a baseline is held against */
function requireOneRun({ run, baseline }: EvalFlags, sets: readonly EvaluatedSet[], methods: readonly string[]): void {
  const option = run !== undefined ? '--run' : baseline !== undefined ? '--baseline' : null
  if (option === null) return
  if (run !== undefined) mainMethod('--run', methods)
  if (sets.length === 1) return
  throw optionError(`${option}: expected one model of each kind, got several to compare.`)
}

interface SearchParts extends Omit<EmbedParts, 'corpora'> {
  readonly metrics: readonly EvaluationMetric[]
}

/** @returns null where it was interrupted */
async function searchSets(
  { sets }: EmbeddedCorpora,
  flags: EvalFlags,
  parts: SearchParts,
): Promise<SetResult[] | null> {
  const outputs = await openOutputs(flags)
  const results: SetResult[] = []
  const isComparison = sets.length > 1
  const isWhole = await fillOutput(flags.perQuery ?? flags.run, outputs, parts.signal, async () => {
    const sample = isComparison ? await readFirstTexts(parts.dataset.corpus) : []
    try {
      for (const set of sets) {
        const costs = isComparison ? await costsOf(set, flags, sample, parts) : null
        results.push({ ...(await searchSet(set, isComparison, outputs, flags.report !== undefined, parts)), costs })
      }
    } catch (error) {
      if (!parts.signal.aborted) throw error
    }
  })
  return isWhole ? results : null
}

/** What each method of a set costs; what two methods need alike is measured once. */
async function costsOf(
  { models, methods }: EmbeddedSet,
  flags: EvalFlags,
  sample: readonly string[],
  { pool, signal }: SearchParts,
): Promise<Record<string, EncodingCost>> {
  const measured = new Map<string, EncodingCost>()
  const costs: Record<string, EncodingCost> = {}
  for (const method of methods) {
    const { spec } = await evaluationPlan(models, EVALUATION_METHODS[method].needs, flags)
    const key = JSON.stringify(spec)
    const cost = measured.get(key) ?? (await measureEncoding(pool, spec, sample, signal))
    measured.set(key, cost)
    costs[method] = cost
  }
  return costs
}

async function searchSet(
  { models, methods, spec, parts }: EmbeddedSet,
  isComparison: boolean,
  { perQuery: file, run }: QueryFiles,
  keepsHits: boolean,
  { dataset, metrics, store, pool, terminal, signal }: SearchParts,
): Promise<Omit<SetResult, 'costs'>> {
  const perQuery: Record<string, number[]> = Object.fromEntries(methods.map((method) => [method, []]))
  const firstHits: Record<string, ReportedHit[][]> = Object.fromEntries(methods.map((method) => [method, []]))
  const scorer = models.reranker === null ? null : new PooledCrossEncoder(pool, rerankerOf(models.reranker))
  const scorePairs: ScorePairs | null = scorer && (async (pairs) => (await scorer.score(pairs, { signal })).scores)
  const names = isComparison ? modelNames(models) : {}
  const encoder = pool.encoder(spec)
  const places = new Map(
    parts.flatMap((part) => {
      const opened = openPart(part, store, isComparison)
      return part.methods.map((method) => [method, opened] as const)
    }),
  )
  using bar = terminal.progress(`search ${dataset.name}`)
  const evaluation = await evaluate(dataset, { ...places.get(methods[0]!)!, encoder }, methods, {
    metrics,
    places,
    signal,
    ...(scorePairs !== null && { scorePairs }),
    onQuery: async (query, result, hits) => {
      for (const method of methods) {
        perQuery[method]!.push(result[method]![metrics[0]!.name]!)
        if (keepsHits) firstHits[method]!.push(toReported(hits[method]!, dataset.qrels.get(query)))
      }
      await file?.append(`${JSON.stringify({ query, ...names, ...result })}\n`)
      const main = run && mainMethod('--run', methods)
      if (main !== null) await run!.append(formatRun(query, hits[main]!, `offgrid-${main}`))
    },
    onProgress: (done, total) => bar.update(done / total, `${done} of ${countOf(total, 'query', 'queries')}`),
  })
  return { models, methods, evaluation, perQuery, firstHits }
}

/** The weights of the lists that fit the judgements best. @returns null where it was interrupted */
async function tuneSet({ spec, parts: embedded }: EmbeddedSet, parts: SearchParts): Promise<TunedLists | null> {
  const { dataset, store, pool, terminal, signal } = parts
  using bar = terminal.progress('tune')
  try {
    const part = embedded.find(({ methods }) => methods.includes('default'))!
    const opened = { ...openPart(part, store, false), encoder: pool.encoder(spec) }
    const { lists, questions } = await readTuningQuestions(dataset, opened, {
      signal,
      onProgress: (done, total) => bar.update(done / total, `${done} of ${countOf(total, 'query', 'queries')}`),
    })
    return tuneLists(lists, questions)
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

function rerankerOf(name: string): CrossEncoderSpec {
  return { reranker: name }
}

/** What is printed beside the results of the methods. */
interface Beside {
  readonly documents: number
  readonly failed: number
  readonly points: number
  readonly tuned: TunedLists | undefined
  readonly compared: readonly BaselineComparison[]
}

function printResults(
  results: readonly SetResult[],
  { documents, failed, points, tuned, compared }: Beside,
  dataset: BeirDataset,
  metrics: readonly EvaluationMetric[],
  { precision, language = 'english', baseline }: EvalFlags,
  terminal: Terminal,
): void {
  const [first] = results
  const { models, methods, evaluation } = first!
  const { ownDocuments, confidence } = evaluation
  const own = countOf(ownDocuments, 'query stands', 'queries stand')
  if (ownDocuments > 0) terminal.note(`${own} in the corpus under the same id: that document is left out of the hits`)
  const rows = compareSets(results)
  const needs = methods.flatMap((method) => EVALUATION_METHODS[method].needs)
  const used = { ...Object.fromEntries(needs.map((need) => [need, models[need]])), reranker: models.reranker }
  const isComparison = results.length > 1
  const result = {
    ...{ dataset: dataset.name, documents, failed, queries: dataset.queries.length, precision },
    ...modelNames(used),
    ...{ language, points, ownDocuments, methods: evaluation.methods, confidence },
    ...(isComparison ? { comparison: rowsAsJson(rows) } : { perQuery: valuesOfQueries(first!, dataset, metrics) }),
    ...(tuned !== undefined && { tuned: tunedAsJson(tuned) }),
    ...(baseline !== undefined && { baseline: { file: baseline, methods: compared } }),
  }
  const sentences = [
    ...(tuned === undefined ? [] : [describeTuned(tuned)]),
    ...(baseline === undefined ? [] : describeBaseline(baseline, metrics[0]!.name, compared)),
  ]
  terminal.result(result, [formatRows(rows, metrics, isComparison), ...sentences].join('\n'))
  // with --json the table is not there to say it
  if (terminal.isJson) for (const line of sentences) terminal.note(line)
}
