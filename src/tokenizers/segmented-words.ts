import type { WordCutter } from './word-cutter.js'

/** How runs of scripts without spaces are cut. */
export type Segmenter = 'bigrams' | 'intl'
export const SEGMENTERS: readonly Segmenter[] = ['bigrams', 'intl']

/** Languages that are written without spaces between words. */
export const UNSPACED_LANGUAGES: readonly string[] = ['chinese', 'japanese', 'thai']

/** Scripts that write without spaces between words, and the letters that Unicode lets Kana share. */
const UNSPACED_CLASS =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\u30fc\\uff70\\uff9e\\uff9f'
const UNSPACED_RUN = new RegExp(`[${UNSPACED_CLASS}]+`, 'gu')
const UNSPACED_CHARACTER = new RegExp(`[${UNSPACED_CLASS}]`, 'gu')
const LETTER = /\p{L}/gu

/** Units of a text that say which script it is in. */
const SAMPLE_UNITS = 2000

/**
 * Cuts Chinese, Japanese, Thai, Lao, Khmer and Burmese and leaves everything else to `cutter`: a text without these scripts gives the same words.
 *
 * `bigrams`: every two neighbouring characters of a run are a word, 今天是 gives 今天 and 天是; the same on every machine, as Lucene's CJK analysis.
 * `intl`: the words of `Intl.Segmenter`'s dictionary, marks kept; another version of Node, with another ICU, may cut differently.
 * @see https://lucene.apache.org/core/9_0_0/analysis/common/org/apache/lucene/analysis/cjk/CJKBigramFilter.html
 */
export function segmentUnspaced(cutter: WordCutter, kind: Segmenter = 'intl'): WordCutter {
  const wordsOf = kind === 'intl' ? dictionaryWords() : bigrams
  return {
    ascii: cutter.ascii,
    spaceOut(text) {
      const parts: string[] = []
      let end = 0
      for (const { 0: run, index } of text.matchAll(UNSPACED_RUN)) {
        parts.push(cutter.spaceOut(text.slice(end, index)))
        parts.push(...wordsOf(run))
        end = index + run.length
      }
      parts.push(cutter.spaceOut(text.slice(end)))
      return parts.join(' ')
    },
  }
}

/** Whether most letters of a text, judged by its beginning, are of scripts without spaces. */
export function isMostlyUnspaced(text: string): boolean {
  const sample = text.slice(0, SAMPLE_UNITS)
  const unspaced = sample.match(UNSPACED_CHARACTER)?.length ?? 0
  return unspaced > 0 && 2 * unspaced > (sample.match(LETTER)?.length ?? 0)
}

function dictionaryWords(): (run: string) => string[] {
  // The dictionaries do not depend on the locale; a fixed one keeps the machine's out of it.
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
  return (run) => Array.from(segmenter.segment(run)).flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []))
}

function bigrams(run: string): string[] {
  const characters = Array.from(run)
  return characters.length === 1 ? characters : characters.slice(1).map((character, i) => characters[i]! + character)
}
