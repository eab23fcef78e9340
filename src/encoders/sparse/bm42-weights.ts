import { type JoinedWord, joinPieces } from '../../tokenizers/words/join-pieces.js'
import { termId } from '../../tokenizers/words/murmur3.js'
import type { Stem } from '../../tokenizers/words/stemmer.js'
import type { TokenWeights } from './token-weights.js'

/** What BM42 needs to know of its model's language. */
export interface Bm42Vocabulary {
  /** What a piece that goes on with a word begins with, `##`. */
  readonly continuation: string
  /** `[CLS]`, `[SEP]` and their like. */
  readonly specialTokens: ReadonlySet<string>
  readonly stopwords: ReadonlySet<string>
  readonly stem: Stem
}

/** A word's stem and the positions of its pieces. */
export interface Bm42Term {
  readonly term: string
  readonly positions: readonly number[]
}

/** Python's `string.punctuation`. */
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')

/** The words of a text that count, stemmed, in their order; a word that occurs twice is there twice. */
export function findTerms(pieces: readonly string[], vocabulary: Bm42Vocabulary): Bm42Term[] {
  const { continuation, specialTokens, stopwords, stem } = vocabulary
  const counts = ({ word }: JoinedWord): boolean => !stopwords.has(word) && !PUNCTUATION.has(word)
  return joinPieces(pieces, continuation, specialTokens)
    .filter(counts)
    .map(({ word, positions }) => ({ term: stem(word), positions }))
}

/**
 * What `[CLS]` attends to: the mean over the heads of its row, float32 [tokens].
 * @param attention float32 [heads, tokens, tokens] of one text
 */
export function attentionOfFirstToken(attention: Float32Array, heads: number, tokens: number): Float32Array {
  const mean = attention.slice(0, tokens)
  for (let head = 1; head < heads; head++) {
    const begin = head * tokens * tokens
    for (let i = 0; i < tokens; i++) mean[i]! += attention[begin + i]!
  }
  for (let i = 0; i < tokens; i++) mean[i]! /= heads
  return mean
}

/**
 * BM42's weights of a document: attention summed over the pieces of a word, its largest value over the occurrences of a term,
 * log(1 + attention)^alpha; ids are BM25's. The store adds the IDF.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/bm42.py
 */
export function weighTerms(terms: readonly Bm42Term[], attention: Float32Array, alpha: number): TokenWeights {
  const largest = new Map<string, number>()
  for (const { term, positions } of terms) {
    const weight = positions.reduce((sum, position) => sum + attention[position]!, 0)
    largest.set(term, Math.max(largest.get(term) ?? 0, weight))
  }
  return {
    ids: Uint32Array.from(largest.keys(), termId),
    weights: Float64Array.from(largest.values(), (weight) => raise(Math.log(1 + weight), alpha)),
  }
}

/** The terms of a query, each with weight 1. */
export function queryTerms(terms: readonly Bm42Term[]): TokenWeights {
  const ids = Uint32Array.from(new Set(terms.map(({ term }) => termId(term))))
  return { ids, weights: new Float64Array(ids.length).fill(1) }
}

/** The square root is rounded as the C library's pow() rounds it; `**` may be off by the last bit. */
function raise(value: number, exponent: number): number {
  return exponent === 0.5 ? Math.sqrt(value) : value ** exponent
}
