import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Span } from './split-words.js'

/** The part of wink-nlp that finds sentences; its own typings do not fit a CommonJS import. */
interface Wink {
  readDoc(text: string): { sentences(): { out(): string[] } }
}

/** Longest text handed to wink-nlp at once, in UTF-16 units. */
const MAX_PIECE_UNITS = 50_000
/** wink-nlp's tokenizer takes time in the square of a word's length: 40,000 letters without a space take 4 s, as many of `a1` 26 s. */
const LONG_WORD = /\S{64,}/g
/** What can end a sentence, perhaps with quotes or a footnote, then white space: without it, a text is one sentence. */
const POSSIBLE_END = /[.!?…]\S{0,16}\s/
/** Ends of sentences in scripts that put no space after them, which wink-nlp does not know. */
const FULL_WIDTH_END = /[。！？｡][」』”’）)]*/g

let wink: Wink | null = null

/**
 * The sentences of a text, by wink-nlp's sentence boundary detection for English and by full-width stops, without the white space around them.
 * A boundary of English lies at white space only: `foo.Bar` is not cut.
 * @returns offsets in UTF-16 units, ascending; no character but white space is left out
 */
export function splitSentences(text: string): Span[] {
  const sentences: Span[] = []
  for (let from = 0; from < text.length; ) {
    const to = endOfPiece(text, from)
    const starts = [...englishStarts(text.slice(from, to)), ...fullWidthStarts(text.slice(from, to))]
    const cuts = [...new Set([0, ...starts])].sort((a, b) => a - b)
    for (const [i, cut] of cuts.entries()) {
      const span = trimSpan(text, from + cut, from + (cuts[i + 1] ?? to - from))
      if (span !== null) sentences.push(span)
    }
    from = to
  }
  return sentences
}

/** The span without white space at its ends, or null where there is nothing else. */
export function trimSpan(text: string, start: number, end: number): Span | null {
  const slice = text.slice(start, end)
  const trimmedStart = start + slice.length - slice.trimStart().length
  const trimmedEnd = end - (slice.length - slice.trimEnd().length)
  return trimmedStart < trimmedEnd ? { start: trimmedStart, end: trimmedEnd } : null
}

/** Offsets at which a sentence other than the first begins. */
function englishStarts(text: string): number[] {
  if (!POSSIBLE_END.test(text)) return []
  wink ??= openWink()
  const standIn = text.replace(LONG_WORD, shorten)
  const starts: number[] = []
  let at = 0
  for (const sentence of wink.readDoc(standIn).sentences().out()) {
    at = skipSpace(text, at)
    starts.push(at)
    // wink-nlp gives back the words but not always the white space between them.
    for (let i = 0; i < sentence.length; i++) {
      if (isSpace(sentence, i)) continue
      at = skipSpace(standIn, at)
      if (standIn[at] !== sentence[i]) return []
      at++
    }
  }
  return starts.filter((start) => start > 0 && isSpace(text, start - 1))
}

function fullWidthStarts(text: string): number[] {
  return Array.from(text.matchAll(FULL_WIDTH_END), (match) => match.index + match[0].length)
}

/** A word of the same length for the eyes of wink-nlp, which only needs to see that there is one, and how it ends. */
function shorten(word: string): string {
  const end = /[.!?…]["')\]”’]?$/.exec(word)?.[0] ?? ''
  return `x${' '.repeat(word.length - 1 - end.length)}${end}`
}

function endOfPiece(text: string, from: number): number {
  if (text.length - from <= MAX_PIECE_UNITS) return text.length
  for (let at = from + MAX_PIECE_UNITS; at > from; at--) if (isSpace(text, at)) return at
  const next = text.slice(from).search(/\s/)
  return next < 0 ? text.length : from + next
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && isSpace(text, at)) at++
  return at
}

function isSpace(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit > 0x7f && /\s/.test(text[at]!))
}

/** wink-nlp with its English model and the sentence annotator alone: 0.4 s and 35 MB, so only for those who cut texts. */
function openWink(): Wink {
  // not above: code that was bundled as CommonJS has no URL, and may never cut a text
  const require = createRequire(import.meta.url ?? pathToFileURL(`${process.cwd()}/`))
  const createWink = require('wink-nlp') as (model: unknown, pipe: string[]) => Wink
  return createWink(require('wink-eng-lite-web-model'), ['sbd'])
}
