import { InputError, optionError } from '../../errors.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import type { BeirDataset } from '../../pipeline/search/beir.js'
import type { EvaluationMethod } from '../../pipeline/search/evaluation-methods.js'
import type { TunedWeights, TuningQuestion } from '../../scoring/tune-weights.js'
import { tuneWeights } from '../../scoring/tune-weights.js'
import { outputFailure } from '../shared/output-file.js'
import { countOf, type Terminal } from '../shared/terminal.js'
import type { EvalFlags } from './eval-options.js'
import { formatInterval, signed } from './evaluation-report.js'
import type { EvaluatedSet } from './model-sets.js'

/** Below that a choice is by chance: measured on 35 corpora, it gains nothing and may lose. */
const LEAST_QUESTIONS = 20

/**
 * What is wrong with --tune is said before anything is embedded.
 * @throws InputError `INVALID_OPTION`, `TOO_FEW_QUESTIONS`
 */
export function requireTunable(
  { tune = false, out, force = false }: EvalFlags,
  sets: readonly EvaluatedSet[],
  { queries, qrels }: BeirDataset,
): void {
  if (!tune) {
    const idle = out !== undefined ? '--out' : force ? '--force' : null
    if (idle !== null) throw optionError(`${idle}: expected --tune beside it.`)
    return
  }
  const [set] = sets
  if (sets.length > 1 || !set!.methods.includes('default' satisfies EvaluationMethod)) {
    throw optionError(
      '--tune: expected default among --methods and one model of each kind, since it weighs the lists of one search.',
    )
  }
  const judged = queries.filter(({ id }) => [...qrels.get(id)!.values()].some((grade) => grade > 0)).length
  if (judged >= LEAST_QUESTIONS || force) return
  throw new InputError(
    'TOO_FEW_QUESTIONS',
    `--tune: expected at least ${LEAST_QUESTIONS} questions with a relevant document, got ${judged}. With fewer, weights are chosen by chance. Judge more questions (50 are good), or take --force.`,
  )
}

/** Weights by the names of their lists, and what they gain. */
export interface TunedLists extends Omit<TunedWeights, 'weights'> {
  readonly weights: Readonly<Partial<Record<Method, number>>>
  readonly questions: number
}

export function tuneLists(lists: readonly Method[], questions: readonly TuningQuestion[]): TunedLists {
  const { weights, gain } = tuneWeights(questions)
  return {
    weights: Object.fromEntries(lists.map((list, i) => [list, weights[i]!])),
    gain,
    questions: questions.length,
  }
}

/** As `eval --json` and the file of --out have it. */
export function tunedAsJson({ weights, gain, questions }: TunedLists) {
  return {
    weights,
    ...{ fusion: 'dbsf', metric: 'nDCG@10', questions },
    ...{ gain: gain.difference, confidence: gain.interval, isSignificant: isGain(gain) },
  }
}

export function describeTuned({ weights, gain, questions }: TunedLists): string {
  const named = weightsText(weights)
  const found = `${signed(gain.difference)} nDCG@10 (95 %: ${formatInterval(gain.interval, true)})`
  return `weights ${named}: ${found} over equal weights, on ${countOf(questions, 'question')} that each were searched with the weights of others`
}

/**
 * Writes the weights to --out, and says what to do with them.
 * @throws InputError `GAIN_NOT_SIGNIFICANT`: nothing is written; `OUTPUT_FAILED`
 */
export async function writeTuned(tuned: TunedLists, { out, force }: EvalFlags, terminal: Terminal): Promise<void> {
  if (!isGain(tuned.gain) && force !== true) {
    const advice = 'Equal weights may be as good: judge more questions, or take --force.'
    const why = `--tune: expected a gain that is hardly by chance, got ${signed(tuned.gain.difference)} (95 %: ${formatInterval(tuned.gain.interval, true)}).`
    if (out === undefined) terminal.note(`${why} ${advice}`)
    else throw new InputError('GAIN_NOT_SIGNIFICANT', `${why} ${out} is not written. ${advice}`)
    return
  }
  const use = out ?? weightsText(tuned.weights)
  if (out !== undefined) {
    const text = `${JSON.stringify(tunedAsJson(tuned), null, 2)}\n`
    await writeFileAtomic(out, text).catch(outputFailure('--out', out))
  }
  terminal.note(
    `for one search: offgrid search --weights ${use} …; for all of a collection: offgrid ingest … --weights ${use}`,
  )
}

function isGain({ difference, isSignificant }: TunedWeights['gain']): boolean {
  return isSignificant && difference > 0
}

function weightsText(weights: TunedLists['weights']): string {
  return Object.entries(weights)
    .map(([name, weight]) => `${name}=${weight}`)
    .join(',')
}
