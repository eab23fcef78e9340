import { InputError } from '../../errors.js'

/** Parameters of BM25's term frequency; `k` is the literature's k1. */
export interface Bm25Parameters {
  readonly k: number
  readonly b: number
  readonly avgLen: number
}

/** The part of the weight's denominator that all terms of a document share: k · (1 − b + b · length / avgLen). */
export function lengthNorm(length: number, { k, b, avgLen }: Bm25Parameters): number {
  return k * (1 - b + (b * length) / avgLen)
}

/**
 * BM25's saturated term frequency, without the IDF that the store adds: n · (k + 1) / (n + norm) in float64.
 * The order of operations is FastEmbed's, so that the result is the same to the last bit.
 * @param norm of the term's document, from {@link lengthNorm}
 */
export function weighTerm(count: number, norm: number, k: number): number {
  return (count * (k + 1)) / (count + norm)
}

/**
 * The mean length of a corpus, for the option `avgLen`.
 * @param terms sum of `documentLength` over the documents
 * @param documents how many there are, those without a term included
 * @throws InputError `EMPTY_CORPUS` if no document has a term
 */
export function fitAvgLen(terms: number, documents: number): number {
  if (terms > 0) return terms / documents
  throw new InputError(
    'EMPTY_CORPUS',
    `Expected documents with terms to fit avgLen on, got ${documents} without any. Give avgLen as a number.`,
  )
}
