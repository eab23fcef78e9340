import { optionError } from '../../errors.js'
import {
  averagePrecisionAt,
  type Judgements,
  ndcgAt,
  precisionAt,
  recallAt,
  reciprocalRankAt,
  successAt,
} from '../../scoring/metrics.js'

/** A metric by its usual name, such as nDCG@10. */
export interface EvaluationMetric {
  readonly name: string
  /** Of one query; 0 … 1. @param ranked document ids, the best first */
  measure(ranked: readonly string[], judgements: Judgements): number
}

/** Hits that a query gets: no metric looks further. */
export const EVALUATION_DEPTH = 100

const MEASURES: Readonly<Record<string, (k: number, ranked: readonly string[], judgements: Judgements) => number>> = {
  nDCG: ndcgAt,
  R: recallAt,
  P: precisionAt,
  RR: reciprocalRankAt,
  AP: averagePrecisionAt,
  Success: successAt,
}

/** What other programs call them, in lower case. */
const OTHER_NAMES: Readonly<Record<string, string>> = { recall: 'R', precision: 'P', mrr: 'RR', map: 'AP' }

export const DEFAULT_METRICS: readonly EvaluationMetric[] = parseMetrics('nDCG@10,R@10,R@100,RR@10')

/**
 * `nDCG@10,R@100,MAP` as metrics; letter case does not matter.
 * @throws InputError `INVALID_OPTION`
 */
export function parseMetrics(list: string): EvaluationMetric[] {
  return list.split(',').map((each) => {
    const [, named = '', digits = ''] = /^([a-z]+)(?:@(\d{1,3}))?$/i.exec(each.trim()) ?? []
    const short = OTHER_NAMES[named.toLowerCase()] ?? named
    const measure = Object.keys(MEASURES).find((name) => name.toLowerCase() === short.toLowerCase())
    // of MAP it is usual to say no number: it is then of all hits
    const k = digits === '' && measure === 'AP' ? EVALUATION_DEPTH : Number(digits)
    if (measure === undefined || k < 1 || k > EVALUATION_DEPTH) {
      throw optionError(
        `--metrics: expected some of ${Object.keys(MEASURES).join(', ')}, each with @k and k from 1 to ${EVALUATION_DEPTH}, such as nDCG@10; got "${each.trim()}".`,
      )
    }
    return { name: `${measure}@${k}`, measure: (ranked, judgements) => MEASURES[measure]!(k, ranked, judgements) }
  })
}
