import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { optionError } from '../../errors.js'
import { architectureOf } from '../../onnx/manifest.js'
import { findModel } from '../../onnx/model-files.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { EVALUATION_METHODS, type EvaluationMethod } from '../../pipeline/search/evaluation-methods.js'
import type { EvalFlags } from './eval-options.js'

/** The models of one search: of each method's vectors, and of the reranker; null where late interaction reranks. */
export type ModelSet = Readonly<Record<Method, string>> & { readonly reranker: string | null }

/** A set, and the methods by which it searches as no set before it does. */
export interface EvaluatedSet {
  readonly models: ModelSet
  readonly methods: readonly EvaluationMethod[]
}

/**
 * Every combination of the models that were named, the first ones first. What two of them have in common, such as BM25 alone beside two
 * dense models, is searched once.
 * @throws InputError `UNKNOWN_MODEL`; `INVALID_OPTION` for a model or an option that no method needs, or a model named twice
 */
export async function readModelSets(flags: EvalFlags, methods: readonly EvaluationMethod[]): Promise<EvaluatedSet[]> {
  const dense = await namesOf('--model', flags.model, DEFAULT_MODELS.dense)
  const bm25 = await namesOf('--sparse-model', flags.sparseModel, DEFAULT_MODELS.bm25)
  const late = await namesOf('--late-model', flags.lateModel, DEFAULT_MODELS.late)
  const rerankers = await namesOf('--rerank-model', flags.rerankModel, null)
  const needs = methods.flatMap((method) => EVALUATION_METHODS[method].needs)
  requireUse('--model', flags.model, needs.includes('dense'))
  requireUse('--sparse-model', flags.sparseModel, needs.includes('bm25'))
  requireUse('--late-model', flags.lateModel, needs.includes('late'))
  requireUse('--pool-factor', flags.poolFactor, needs.includes('late'))
  requireUse('--rerank-model', flags.rerankModel, methods.includes('rerank'))
  await requireWords(flags, bm25)
  const seen = new Set<string>()
  const sets = dense.flatMap((d) =>
    bm25.flatMap((b) =>
      late.flatMap((l) => rerankers.map((reranker): ModelSet => ({ dense: d!, bm25: b!, late: l!, reranker }))),
    ),
  )
  return sets.flatMap((models) => {
    const own = methods.filter((method) => {
      const key = JSON.stringify([method, modelsOf(models, method)])
      return !seen.has(key) && seen.add(key)
    })
    return own.length === 0 ? [] : [{ models, methods: own }]
  })
}

/** The models that a method works with. */
export function modelsOf(models: ModelSet, method: EvaluationMethod): Partial<ModelSet> {
  const { needs } = EVALUATION_METHODS[method]
  return {
    ...Object.fromEntries(needs.map((need) => [need, models[need]])),
    ...(method === 'rerank' && models.reranker !== null && { reranker: models.reranker }),
  }
}

async function namesOf<T extends string | null>(
  option: string,
  given: readonly string[] | undefined,
  fallback: T,
): Promise<(string | T)[]> {
  if (given === undefined) return [fallback]
  const names = await Promise.all(given.map(async (name) => (await findModel(name)).entry.name))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return names
  throw optionError(`${option}: expected each model once, got ${twice} twice.`)
}

/** @throws InputError `INVALID_OPTION` */
function requireUse(option: string, given: unknown, isUsed: boolean): void {
  if (given === undefined || isUsed) return
  throw optionError(`${option}: expected one of --methods that needs it, without which it has no effect.`)
}

/** @throws InputError `INVALID_OPTION` for words of BM25 where no model takes any */
async function requireWords({ language, segmenter }: EvalFlags, sparse: readonly (string | null)[]): Promise<void> {
  if (language === undefined && segmenter === undefined) return
  const entries = await Promise.all(sparse.map(async (name) => (await findModel(name!)).entry))
  if (entries.some((entry) => architectureOf(entry) === 'bm25')) return
  throw optionError(
    `--language and --segmenter: expected ${DEFAULT_MODELS.bm25} as a --sparse-model, without which they have no effect.`,
  )
}
