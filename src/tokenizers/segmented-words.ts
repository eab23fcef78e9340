import type { WordCutter } from './word-cutter.js'

/** Scripts that write without spaces between words, and the letters that Unicode lets Kana share. */
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\u30fc\uff70\uff9e\uff9f]+/gu

/**
 * Cuts Chinese, Japanese, Thai, Lao, Khmer and Burmese by the dictionary of `Intl.Segmenter`, marks kept, and everything
 * else as `cutter` does: a text without these scripts gives the same words. Another version of Node, with another ICU,
 * may cut differently.
 */
export function segmentUnspaced(cutter: WordCutter): WordCutter {
  // The dictionaries do not depend on the locale; a fixed one keeps the machine's out of it.
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
  return {
    ascii: cutter.ascii,
    spaceOut(text) {
      const parts: string[] = []
      let end = 0
      for (const { 0: run, index } of text.matchAll(UNSPACED)) {
        parts.push(cutter.spaceOut(text.slice(end, index)))
        for (const { segment, isWordLike } of segmenter.segment(run)) if (isWordLike) parts.push(segment)
        end = index + run.length
      }
      parts.push(cutter.spaceOut(text.slice(end)))
      return parts.join(' ')
    },
  }
}
