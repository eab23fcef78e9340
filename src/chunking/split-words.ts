/** Part of a text, in UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Scripts that are written without spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** ICU is asked about this many UTF-16 units at a time: over long texts its time grows faster than they do. */
const WINDOW_UNITS = 1024

let segmenter: Intl.Segmenter | null = null

/** The words between `from` and `to`: what stands between white space, and in scripts without spaces the words that ICU finds. */
export function splitWords(text: string, from: number, to: number): Span[] {
  const words: Span[] = []
  for (const match of text.slice(from, to).matchAll(/\S+/g)) {
    const start = from + match.index
    if (UNSPACED.test(match[0])) for (const word of segmentRun(match[0], start)) words.push(word)
    else words.push({ start, end: start + match[0].length })
  }
  return words
}

/** The words of a run without white space that stands at `offset`. */
function* segmentRun(run: string, offset: number): Generator<Span> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' })
  let units = WINDOW_UNITS
  for (let from = 0; from < run.length; ) {
    const segments = [...segmenter.segment(run.slice(from, from + units))]
    const isLastWindow = from + units >= run.length
    if (!isLastWindow && segments.length === 1) {
      units *= 2
      continue
    }
    // The last word of a window may go on beyond it: the next window begins with it.
    const whole = isLastWindow ? segments : segments.slice(0, -1)
    for (const { index, segment } of whole) {
      yield { start: offset + from + index, end: offset + from + index + segment.length }
    }
    from = isLastWindow ? run.length : from + segments.at(-1)!.index
    units = WINDOW_UNITS
  }
}
