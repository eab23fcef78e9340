import type { WordCutter } from '../../tokenizers/words/word-cutter.js'

/** From a text to the words in it, and from a word to the term that stands for it. */
export interface Bm25Analyzer {
  readonly cutter: WordCutter
  /** Null drops the word. Pure. */
  termOf(word: string): string | null
  /** Values are computed in float64 and rounded to this. */
  readonly precision: 'float32' | 'float64'
}
