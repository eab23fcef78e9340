import { termId } from '../../tokenizers/words/murmur3.js'
import { type Bm25Parameters, lengthNorm, weighTerm } from '../bm25/bm25-weight.js'
import type { CountedWord } from './minicoil-words.js'
import type { TokenWeights } from './token-weights.js'

/** Ids of unknown words begin at a multiple of this, two buckets above the vocabulary's. */
const BUCKET = 32_000
const MAX_ID = 2 ** 31 - 1
/** A vector that is shorter is left as it is. */
const MIN_NORM = 1e-8

/**
 * A text's rows by word: the mean of the rows of each number's tokens.
 * @param rows float32 [tokens, hidden]
 * @param numbers of the tokens, 0 for those that belong to no word
 * @returns float32 [hidden] by number
 */
export function averageByWord(rows: Float32Array, numbers: Uint32Array): Map<number, Float32Array> {
  const hidden = rows.length / numbers.length
  const means = new Map<number, Float32Array>()
  const counts = new Map<number, number>()
  for (const [token, number] of numbers.entries()) {
    if (number === 0) continue
    counts.set(number, (counts.get(number) ?? 0) + 1)
    const sum = means.get(number) ?? new Float32Array(hidden)
    means.set(number, sum)
    for (let i = 0; i < hidden; i++) sum[i]! += rows[token * hidden + i]!
  }
  for (const [number, sum] of means) {
    const count = counts.get(number)!
    for (let i = 0; i < hidden; i++) sum[i]! /= count
  }
  return means
}

/**
 * What a word means in its text, float64 [size] of L2 norm 1: tanh(row · matrix), which is float32, normalized.
 * @param matrix of the word, float32 [hidden, size]
 */
export function encodeWord(row: Float32Array, matrix: Float32Array): Float64Array {
  const size = matrix.length / row.length
  // every product and every sum is rounded to float32, as numpy's einsum rounds them
  const sums = new Float32Array(size)
  for (let i = 0; i < row.length; i++) {
    for (let j = 0; j < size; j++) sums[j]! += Math.fround(row[i]! * matrix[i * size + j]!)
  }
  const meaning = Float64Array.from(sums, (sum) => Math.fround(Math.tanh(sum)))
  const norm = Math.sqrt(meaning.reduce((total, x) => total + x * x, 0))
  return norm < MIN_NORM ? meaning : meaning.map((x) => x / norm)
}

/** How the ids of a vocabulary are laid out. */
export interface MinicoilIds {
  /** Words of the vocabulary. */
  readonly words: number
  /** Floats of a word's meaning; word n has the ids n · size … n · size + size − 1. */
  readonly size: number
}

/**
 * miniCOIL's vector of a text: a word of the vocabulary gives its meaning times its BM25 weight, another its weight alone, under a
 * hash. Queries have no term frequency. The store adds the IDF.
 * @param meanings of the vocabulary's words, by number
 * @param parameters of BM25 for a document, null for a query
 */
export function weighWords(
  words: readonly CountedWord[],
  meanings: ReadonlyMap<number, Float64Array>,
  ids: MinicoilIds,
  parameters: Bm25Parameters | null,
): TokenWeights {
  const length = words.reduce((sum, { count }) => sum + count, 0)
  const norm = parameters === null ? 0 : lengthNorm(length, parameters)
  const indices: number[] = []
  const values: number[] = []
  for (const { word, number, count } of words) {
    const weight = parameters === null ? 1 : weighTerm(count, norm, parameters.k)
    if (number === 0) {
      indices.push(unknownWordId(word, ids))
      values.push(Math.fround(weight))
      continue
    }
    for (const [i, x] of meanings.get(number)!.entries()) {
      indices.push(number * ids.size + i)
      values.push(Math.fround(x * weight))
    }
  }
  return { ids: Uint32Array.from(indices), weights: Float64Array.from(values) }
}

/** The id of a word outside the vocabulary: its hash, moved above the ids of the vocabulary. */
function unknownWordId(word: string, { words, size }: MinicoilIds): number {
  // the vocabulary's number 0 counts as a word
  const shift = (Math.floor(((words + 1) * size) / BUCKET) + 2) * BUCKET
  return shift + (termId(word) % (MAX_ID - shift))
}
