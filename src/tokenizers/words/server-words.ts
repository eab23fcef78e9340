import { asciiTable, type WordCutter } from './word-cutter.js'

/** What Rust's `char::is_alphanumeric` is not: alphabetic (most vowel signs included) or numeric. */
const NON_ALPHANUMERIC = /[^\p{Alphabetic}\p{N}]/gu

/** Rust's `char::is_whitespace`. */
const WHITESPACE = /\p{White_Space}/gu

/**
 * Words of the Qdrant server's `word` tokenizer, in the case in which they are written.
 * @see https://github.com/qdrant/qdrant `lib/segment/src/index/field_index/full_text_index/tokenizers`
 */
export const alphanumericWords: WordCutter = {
  ascii: asciiTable((character) => (/[a-z0-9]/i.test(character) ? character : '')),
  spaceOut: (text) => text.replace(NON_ALPHANUMERIC, ' '),
}

/** Words of the Qdrant server's `whitespace` tokenizer, in the case in which they are written. */
export const whitespaceWords: WordCutter = {
  ascii: asciiTable((character) => (/[\t-\r ]/.test(character) ? '' : character)),
  spaceOut: (text) => text.replace(WHITESPACE, ' '),
}
