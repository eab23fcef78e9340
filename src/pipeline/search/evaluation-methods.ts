import { optionError } from '../../errors.js'
import type { Method } from '../collection/collection-plan.js'
import { METHODS } from '../collection/methods.js'

/** Ways to search that can be compared. */
export type EvaluationMethod = 'dense' | 'bm25' | 'late' | 'dense+late' | 'rrf' | 'dbsf' | 'default' | 'rerank'

export const EVALUATION_METHODS: Readonly<
  Record<EvaluationMethod, { readonly needs: readonly Method[]; readonly what: string }>
> = {
  dense: { needs: ['dense'], what: 'dense vectors alone' },
  bm25: { needs: ['bm25'], what: 'BM25 alone' },
  late: { needs: ['dense', 'bm25', 'late'], what: 'late interaction over the first 100 of dense and of BM25' },
  'dense+late': { needs: ['dense', 'late'], what: 'late interaction over the first 100 of dense' },
  rrf: { needs: ['dense', 'bm25'], what: 'dense + BM25, 100 each, fused by rank (k = 2)' },
  dbsf: { needs: ['dense', 'bm25'], what: 'dense + BM25, 100 each, fused by score' },
  default: {
    needs: ['dense', 'bm25', 'late'],
    what: 'what search does: dense, BM25 and late interaction, fused by score; long documents are in chunks',
  },
  rerank: {
    needs: ['dense', 'bm25', 'late'],
    what: 'what search --rerank does: the fused candidates ordered by late interaction, or by the --rerank-model',
  },
}

/** @throws InputError `INVALID_OPTION` for a method that is not known */
export function parseEvaluationMethods(names: readonly string[]): EvaluationMethod[] {
  const known = Object.keys(EVALUATION_METHODS)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return [...names] as EvaluationMethod[]
  throw optionError(`--methods: expected some of ${known.join(', ')}; got "${unknown}".`)
}

/** The vectors that methods need; no others have to be made. */
export function neededVectors(methods: readonly EvaluationMethod[]): Method[] {
  const needed = methods.flatMap((method) => EVALUATION_METHODS[method].needs)
  return METHODS.filter((method) => needed.includes(method))
}
