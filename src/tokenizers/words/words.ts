import { asciiTable, type WordCutter } from './word-cutter.js'

/** Everything that Python's `\w` is not: `\w` is letters, numbers and the underscore, without combining marks. */
const NON_WORD = /[^\p{L}\p{N}_]/gu

/**
 * FastEmbed's words: cut at everything that is not `\w`, lowercased, and cut again ("İ" becomes "i" and a combining dot,
 * which cuts). In this order: a full stop after "ΟΔΟΣ" must be a space before the final sigma is chosen.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/bm25.py `remove_non_alphanumeric`, `SimpleTokenizer`
 */
export const fastEmbedWords: WordCutter = {
  ascii: asciiTable((character) => (/\w/.test(character) ? character.toLowerCase() : '')),
  spaceOut(text) {
    const lower = text.replace(NON_WORD, ' ').toLowerCase()
    return text.includes('İ') ? lower.replace(NON_WORD, ' ') : lower
  },
}

/** Length in code points, which is what Python and Rust count. */
export function countCodePoints(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i += 1) {
    // A high surrogate with its low one is one code point.
    if (text.codePointAt(i)! > 0xffff) {
      count -= 1
      i += 1
    }
  }
  return count
}
