import type { MatchedWord } from '../../pipeline/search/matched-words.js'
import type { StyledPart } from '../shared/styled.js'

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' })
/** A first sentence that is shorter ends at an abbreviation as often as at a full stop. */
const SHORT_SENTENCE = 20
/** A first sentence that is longer is no heading. */
const LONGEST_HEADING = 110
/** A word that stands in an excerpt for the first time counts as many as this many that were there. */
const NEW_TERM = 4

/** A part of a text, in UTF-16 units; the end is exclusive. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** What of a text is its heading: the title if it begins with that, else its first sentence, or the beginning of a long one. */
export function headingOf(text: string, title: string | null): { readonly heading: string; readonly rest: TextRange } {
  const end = text.length
  if (title !== null) return { heading: title, rest: { start: text.startsWith(title) ? title.length : 0, end } }
  let length = 0
  for (const { segment } of SENTENCES.segment(text)) {
    length += segment.length
    if (length >= SHORT_SENTENCE) break
  }
  if (length <= LONGEST_HEADING) return { heading: text.slice(0, length).trim(), rest: { start: length, end } }
  return { heading: `${beginningOf(text, LONGEST_HEADING)}…`, rest: { start: 0, end } }
}

/** The part of a range, of at most so many characters, that begins with a sentence and has most of the words that matched. */
export function bestExcerpt(text: string, range: TextRange, words: readonly MatchedWord[], length: number): TextRange {
  const inside = text.slice(range.start, range.end)
  if (inside.length <= length) return range
  let best: TextRange = { start: range.start, end: range.start + length }
  let most = -1
  for (const { index } of SENTENCES.segment(inside)) {
    const start = range.start + index
    const end = Math.min(range.end, start + length)
    const matched = words.filter((word) => word.start >= start && word.end <= end)
    const score = matched.length + NEW_TERM * new Set(matched.map(({ term }) => term)).size
    if (score <= most) continue
    most = score
    best = { start, end }
  }
  return best.end === range.end
    ? best
    : { start: best.start, end: best.start + beginningOf(text.slice(best.start), length).length }
}

/** A range of a text as parts of a line, with the words that matched standing out and dots where something is left out. */
export function highlighted(
  text: string,
  { start, end }: TextRange,
  words: readonly MatchedWord[],
  isAfter: number,
): StyledPart[] {
  const parts: StyledPart[] = start > isAfter ? ['… '] : []
  let at = start
  for (const word of words) {
    if (word.start < at || word.end > end) continue
    parts.push(text.slice(at, word.start), { text: text.slice(word.start, word.end), as: 'match' })
    at = word.end
  }
  parts.push(text.slice(at, end).trimEnd())
  if (text.slice(end).trim() !== '') parts.push('…')
  return parts
}

/** The beginning of a text, to the end of a word where there is one. */
function beginningOf(text: string, length: number): string {
  const cut = text.slice(0, length)
  const whole = cut.replace(/\s+\S*$/, '')
  return text.length <= length || /\s/.test(text[length]!) ? cut.trimEnd() : whole
}
