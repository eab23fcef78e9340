import { Bm25Encoder } from '../../encoders/bm25/bm25.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { architectureOf } from '../../onnx/manifest.js'
import { findModel } from '../../onnx/model-files.js'

/** A word of a text that BM25 counts for a query: start and end (exclusive) in UTF-16 units, and its term, such as a stem. */
export interface MatchedWord {
  readonly start: number
  readonly end: number
  readonly term: string
}

/** Finds the words of texts that have a term in common with one query. */
export type WordMatcher = (text: string) => MatchedWord[]

/** Runs of letters, digits and marks; in languages that write no spaces, what the segmenter takes for a word. */
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' })
/** Distinct words whose terms are remembered, so that a long text costs no more than its vocabulary. */
const MAX_REMEMBERED = 50_000

/**
 * What BM25 finds of a query in texts, word by word, with the stemmer, stopwords and options of a collection.
 * @returns null where the collection's sparse vectors are not BM25's, or it has none
 * @throws ModelError `MODEL_FILE_MISSING`
 */
export async function openWordMatcher(spec: EncoderSpec): Promise<((query: string) => WordMatcher) | null> {
  const { sparse, bm25, modelsFolder } = spec
  if (sparse === undefined) return null
  const { entry } = await findModel(sparse, modelsFolder === undefined ? {} : { modelsFolder })
  if (architectureOf(entry) !== 'bm25') return null
  const encoder = await Bm25Encoder.open({ ...bm25, model: sparse }, modelsFolder)
  const remembered = new Map<string, readonly string[]>()
  const termsOf = (word: string): readonly string[] => {
    const known = remembered.get(word)
    if (known !== undefined) return known
    const terms = encoder.explain(word, 'query').map(({ term }) => term)
    if (remembered.size < MAX_REMEMBERED) remembered.set(word, terms)
    return terms
  }
  return (query) => {
    const wanted = new Set(encoder.explain(query, 'query').map(({ term }) => term))
    return (text) => {
      const matched: MatchedWord[] = []
      for (const { segment, index, isWordLike } of SEGMENTER.segment(text)) {
        if (isWordLike !== true) continue
        const term = termsOf(segment).find((each) => wanted.has(each))
        if (term !== undefined) matched.push({ start: index, end: index + segment.length, term })
      }
      return matched
    }
  }
}
