import { TokenizerPart } from '../tokenizer-part.js'
import { codePointSet, isWhiteSpace } from '../unicode/unicode-classes.js'
import { spellBytes } from './text-normalizer.js'
import { TextPattern } from './text-pattern.js'

/** A part of a normalized text. */
export interface TextPiece {
  readonly text: string
  /** Whether the text that was given begins here. */
  readonly isStart: boolean
}

/** The second step of a tokenizer: a normalized text becomes words. */
export type PreTokenizer = (piece: TextPiece) => TextPiece[]

/** A stretch of a text, and whether it is a match of what is split at. */
type Stretch = readonly [begin: number, end: number, isMatch: boolean]

const BEHAVIOURS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const
type Behaviour = (typeof BEHAVIOURS)[number]

const BYTE_LEVEL = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/**
 * The pre-tokenizer that tokenizer.json describes, equal to the native one on every Node.
 * @throws ModelError `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export function createPreTokenizer(part: TokenizerPart): PreTokenizer {
  const type = part.string('type')
  switch (type) {
    case 'Sequence': {
      const steps = part.parts('pretokenizers').map(createPreTokenizer)
      return (piece) => steps.reduce((pieces, step) => pieces.flatMap(step), [piece])
    }
    case 'BertPreTokenizer': {
      const isPunctuation = (code: number) => codePointSet('punctuation').has(code)
      return (piece) =>
        splitAt(piece, characters(piece.text, isWhiteSpace), 'Removed').flatMap((word) =>
          splitAt(word, characters(word.text, isPunctuation), 'Isolated'),
        )
    }
    case 'Whitespace':
      return (piece) => splitAt(piece, runsOfWords(piece.text), 'Removed')
    case 'WhitespaceSplit':
      return (piece) => splitAt(piece, characters(piece.text, isWhiteSpace), 'Removed')
    case 'CharDelimiterSplit': {
      const delimiter = readCharacter(part, 'delimiter')
      return (piece) =>
        splitAt(
          piece,
          characters(piece.text, (code) => code === delimiter),
          'Removed',
        )
    }
    case 'Digits': {
      const behaviour = part.boolean('individual_digits', false) ? 'Isolated' : 'Contiguous'
      const isDigit = (code: number) => codePointSet('numeric').has(code)
      return (piece) => splitAt(piece, characters(piece.text, isDigit), behaviour)
    }
    case 'Punctuation': {
      const behaviour = part.oneOf('behavior', BEHAVIOURS, 'Isolated')
      const isPunctuation = (code: number) => codePointSet('punctuation').has(code)
      return (piece) => splitAt(piece, characters(piece.text, isPunctuation), behaviour)
    }
    case 'Split': {
      const pattern = new TextPattern(part)
      const behaviour = part.oneOf('behavior', BEHAVIOURS)
      const isInverted = part.boolean('invert', false)
      return (piece) => splitAt(piece, stretchesOf(piece.text, pattern, isInverted), behaviour)
    }
    case 'FixedLength': {
      const length = part.integer('length', 1, Number.MAX_SAFE_INTEGER, 5)
      return (piece) => cutEvery(piece, length)
    }
    case 'ByteLevel':
      return createByteLevel(part)
    case 'Metaspace':
      return createMetaspace(part)
    default:
      throw part.unsupported(
        `its pre-tokenizer is ${type}`,
        'Expected one of Sequence, BertPreTokenizer, Whitespace, WhitespaceSplit, CharDelimiterSplit, Digits, Punctuation, Split, FixedLength, ByteLevel, Metaspace.',
      )
  }
}

function createByteLevel(part: TokenizerPart): PreTokenizer {
  const hasPrefix = part.boolean('add_prefix_space', true)
  const pattern = part.boolean('use_regex', true)
    ? new TextPattern(new TokenizerPart({ pattern: { Regex: BYTE_LEVEL } }, part.place))
    : undefined
  return ({ text, isStart }) => {
    const prefixed = hasPrefix && !text.startsWith(' ') ? ` ${text}` : text
    const piece = { text: prefixed, isStart }
    const words = pattern === undefined ? [piece] : splitAt(piece, stretchesOf(prefixed, pattern, false), 'Isolated')
    return words.map((word) => ({ text: spellBytes(word.text), isStart: word.isStart }))
  }
}

function createMetaspace(part: TokenizerPart): PreTokenizer {
  const code = readCharacter(part, 'replacement', '▁')
  const replacement = String.fromCodePoint(code)
  const schemes = ['always', 'never', 'first'] as const
  const scheme = part.oneOf('prepend_scheme', schemes, part.boolean('add_prefix_space', true) ? 'always' : 'never')
  const isSplit = part.boolean('split', true)
  return ({ text, isStart }) => {
    let spelled = text.replaceAll(' ', replacement)
    const isPrefixed = scheme === 'always' || (scheme === 'first' && isStart)
    if (isPrefixed && !spelled.startsWith(replacement)) spelled = replacement + spelled
    const piece = { text: spelled, isStart }
    return isSplit
      ? splitAt(
          piece,
          characters(spelled, (found) => found === code),
          'MergedWithNext',
        )
      : [piece]
  }
}

function readCharacter(part: TokenizerPart, name: string, otherwise?: string): number {
  const text = part.string(name, otherwise)
  if ([...text].length !== 1) throw part.corrupt(name, 'one character')
  return text.codePointAt(0)!
}

/** A text in stretches: each character that `is` says is a match by itself, all others as far as they stand together. */
function characters(text: string, is: (code: number) => boolean): Stretch[] {
  const stretches: Stretch[] = []
  let begin = 0
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!
    const end = i + (code > 0xffff ? 2 : 1)
    if (is(code)) {
      if (begin < i) stretches.push([begin, i, false])
      stretches.push([i, end, true])
      begin = end
    }
    i = end
  }
  if (begin < text.length) stretches.push([begin, text.length, false])
  return stretches
}

/** `\w+|[^\w\s]+` as words, and the white space between them as matches. */
function runsOfWords(text: string): Stretch[] {
  const word = codePointSet('word')
  const kindOf = (code: number) => (word.has(code) ? 0 : isWhiteSpace(code) ? 1 : 2)
  const stretches: Stretch[] = []
  for (let i = 0; i < text.length; ) {
    const begin = i
    const kind = kindOf(text.codePointAt(i)!)
    while (i < text.length && kindOf(text.codePointAt(i)!) === kind) i += text.codePointAt(i)! > 0xffff ? 2 : 1
    stretches.push([begin, i, kind === 1])
  }
  return stretches
}

function stretchesOf(text: string, pattern: TextPattern, isInverted: boolean): Stretch[] {
  const stretches: Stretch[] = []
  let at = 0
  for (const [begin, end] of pattern.matches(text)) {
    if (at !== begin) stretches.push([at, begin, isInverted])
    stretches.push([begin, end, !isInverted])
    at = end
  }
  if (at !== text.length) stretches.push([at, text.length, isInverted])
  return stretches
}

/**
 * The pieces of a text by its stretches, without empty ones.
 * @see https://github.com/huggingface/tokenizers `NormalizedString::split`
 */
function splitAt({ text, isStart }: TextPiece, stretches: readonly Stretch[], behaviour: Behaviour): TextPiece[] {
  const pieces: TextPiece[] = []
  for (const [begin, end] of joinStretches(stretches, behaviour)) {
    if (end > begin) pieces.push({ text: text.slice(begin, end), isStart: isStart && begin === 0 })
  }
  return pieces
}

function joinStretches(stretches: readonly Stretch[], behaviour: Behaviour): (readonly [number, number])[] {
  if (behaviour === 'Removed') return stretches.flatMap(([begin, end, isMatch]) => (isMatch ? [] : [[begin, end]]))
  if (behaviour === 'Isolated') return stretches.map(([begin, end]) => [begin, end])
  const joined: [number, number][] = []
  let wasMatch = false
  if (behaviour === 'MergedWithNext') {
    for (const [begin, end, isMatch] of stretches.toReversed()) {
      const after = joined.at(-1)
      if (isMatch && !wasMatch && after !== undefined) after[0] = begin
      else joined.push([begin, end])
      wasMatch = isMatch
    }
    return joined.reverse()
  }
  for (const [begin, end, isMatch] of stretches) {
    const before = joined.at(-1)
    const isJoined = behaviour === 'Contiguous' ? isMatch === wasMatch : isMatch && !wasMatch
    if (isJoined && before !== undefined) before[1] = end
    else joined.push([begin, end])
    wasMatch = isMatch
  }
  return joined
}

function cutEvery({ text, isStart }: TextPiece, length: number): TextPiece[] {
  const pieces: TextPiece[] = []
  for (let begin = 0; begin < text.length; ) {
    let end = begin
    for (let i = 0; i < length && end < text.length; i += 1) end += text.codePointAt(end)! > 0xffff ? 2 : 1
    pieces.push({ text: text.slice(begin, end), isStart: isStart && begin === 0 })
    begin = end
  }
  return pieces
}
