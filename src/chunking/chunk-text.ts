import { optionError } from '../errors.js'
import { invalidOption, rejectUnknownOptions } from '../options.js'
import { type Block, linesOf, splitBlocks, type TextFormat } from './split-blocks.js'
import { splitSentences, trimSpan } from './split-sentences.js'
import { type Span, splitWords } from './split-words.js'

/** How long the chunks of a text are, and how their length is told. */
export interface ChunkOptions {
  /** Most tokens of a chunk, special tokens not counted; from 1. */
  readonly maxTokens: number
  /** Most tokens that a chunk repeats of the one before, in whole sentences; from 0 to below `maxTokens`. @default 0 */
  readonly overlapTokens?: number | undefined
  /** Tokens of a text without special ones. Counts of parts that white space separates must add up, as with WordPiece. */
  readonly countTokens: (text: string) => number
  /** `markdown` keeps sections apart. @default 'plain' */
  readonly format?: TextFormat | undefined
}

/** A part of a text: `text.slice(start, end)`, offsets in UTF-16 units. */
export interface Chunk {
  readonly text: string
  readonly start: number
  readonly end: number
  /** From 0. */
  readonly number: number
}

/** What is never cut further: a sentence, a line of code, or a word of a sentence that is too long. */
interface Unit extends Span {
  readonly tokens: number
  /** False for a word of a sentence that is too long, but its first. */
  readonly startsSentence: boolean
  /** A paragraph begins here: a good place to end a chunk. */
  readonly startsBlock: boolean
  /** A section begins here: a chunk never reaches across. */
  readonly startsSection: boolean
}

interface Overlap {
  readonly start: number
  readonly tokens: number
}

/** From this share of the window on, a chunk ends with a paragraph rather than be filled up. */
const PARAGRAPH_SHARE = 0.5

const OPTION_NAMES = ['maxTokens', 'overlapTokens', 'countTokens', 'format'] as const

/**
 * Cuts a text into chunks of whole sentences that fit a model's window. A sentence that does not fit is cut between words;
 * a word that does not fit is a chunk of its own, which the model will cut. Nothing but white space between chunks is left out.
 * In Markdown a heading begins a chunk, and code and tables are cut between lines.
 *
 * @returns the chunks in the order of the text; none for a text of white space
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * const countTokens = (text: string) => text.split(/\s+/).length
 * chunkText('One. Two. Three.', { maxTokens: 2, countTokens }).map(({ text }) => text) // ['One. Two.', 'Three.']
 */
export function chunkText(text: string, options: ChunkOptions): Chunk[] {
  if (typeof text !== 'string') throw invalidOption('chunkText', 'text', 'a string', text)
  const { maxTokens, overlapTokens = 0, countTokens, format = 'plain' } = checkOptions(options)
  const units = toUnits(text, splitBlocks(text, format), maxTokens, countTokens)
  const chunks: Chunk[] = []
  /** What the next chunk repeats. */
  let overlap: Overlap = { start: 0, tokens: 0 }
  for (let first = 0; first < units.length; ) {
    const end = findChunkEnd(units, first, maxTokens - overlap.tokens)
    const start = overlap.tokens > 0 ? overlap.start : units[first]!.start
    const chunkEnd = units[end - 1]!.end
    chunks.push({ text: text.slice(start, chunkEnd), start, end: chunkEnd, number: chunks.length })
    const next = units[end]
    const room = next === undefined || next.startsSection ? 0 : Math.min(overlapTokens, maxTokens - next.tokens)
    overlap = findOverlap(units, first, end, room)
    first = end
  }
  return chunks
}

function toUnits(
  text: string,
  blocks: readonly Block[],
  maxTokens: number,
  countTokens: (text: string) => number,
): Unit[] {
  const units: Unit[] = []
  let isAfterHeading = false
  for (const { start, end, kind } of blocks) {
    const isHeading = kind === 'heading'
    let startsBlock = !isAfterHeading
    let startsSection = isHeading && !isAfterHeading && units.length > 0
    for (const span of spansOf(text, start, end, kind)) {
      const tokens = countTokens(text.slice(span.start, span.end))
      const parts = tokens > maxTokens ? splitWords(text, span.start, span.end) : [span]
      for (const part of parts) {
        const partTokens = part === span ? tokens : countTokens(text.slice(part.start, part.end))
        const startsSentence = part.start === span.start
        units.push({ ...part, tokens: partTokens, startsSentence, startsBlock, startsSection })
        startsBlock = false
        startsSection = false
      }
    }
    isAfterHeading = isHeading
  }
  return units
}

function spansOf(text: string, start: number, end: number, kind: Block['kind']): Span[] {
  if (kind === 'paragraph') {
    return splitSentences(text.slice(start, end)).map((span) => ({ start: start + span.start, end: start + span.end }))
  }
  const lines = kind === 'heading' ? [{ start, end }] : [...linesOf(text, start, end)]
  return lines.map((line) => trimSpan(text, line.start, line.end)).filter((span) => span !== null)
}

/** Index after the last unit of the chunk that begins with unit `first` and has room for `tokens` more. */
function findChunkEnd(units: readonly Unit[], first: number, tokens: number): number {
  let end = first
  let used = 0
  let paragraphEnd = -1
  while (end < units.length) {
    const unit = units[end]!
    if (end > first && (unit.startsSection || used + unit.tokens > tokens)) break
    if (end > first && unit.startsBlock && used >= tokens * PARAGRAPH_SHARE) paragraphEnd = end
    used += unit.tokens
    end++
  }
  const isFull = end < units.length && !units[end]!.startsSection && !units[end]!.startsBlock
  return isFull && paragraphEnd > 0 ? paragraphEnd : end
}

/**
 * What the chunk from unit `end` on repeats of the units from `first` to `end`: as many whole sentences as have at most `tokens` tokens together.
 * Nothing where none is so short: a chunk never begins within a sentence that could stand in it as a whole. Where a sentence that is too long goes
 * on, its last words are repeated.
 */
function findOverlap(units: readonly Unit[], first: number, end: number, tokens: number): Overlap {
  const goesOn = end < units.length && !units[end]!.startsSentence
  let overlap: Overlap = { start: 0, tokens: 0 }
  let used = 0
  // The whole of the chunk before is not repeated: the next one would only be longer.
  for (let at = end - 1; at > first && used + units[at]!.tokens <= tokens; at--) {
    const { start, startsSentence } = units[at]!
    used += units[at]!.tokens
    if (goesOn || startsSentence) overlap = { start, tokens: used }
  }
  return overlap
}

function checkOptions(options: ChunkOptions): ChunkOptions {
  rejectUnknownOptions(options, OPTION_NAMES, 'chunkText')
  const { maxTokens, overlapTokens = 0, countTokens, format = 'plain' } = options
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw optionError(`chunkText: maxTokens must be a whole number from 1 on, got ${maxTokens}.`)
  }
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || overlapTokens >= maxTokens) {
    const expected = `a whole number from 0 to ${maxTokens - 1}, below maxTokens`
    throw optionError(`chunkText: overlapTokens must be ${expected}, got ${overlapTokens}.`)
  }
  if (typeof countTokens !== 'function') {
    throw optionError(`chunkText: countTokens must be a function, got ${typeof countTokens}.`)
  }
  if (format !== 'plain' && format !== 'markdown') {
    throw optionError(`chunkText: format must be "plain" or "markdown", got ${String(format)}.`)
  }
  return options
}
