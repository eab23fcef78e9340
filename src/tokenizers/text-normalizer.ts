import { ModelError } from '../errors.js'
import { PrecompiledCharsmap } from './precompiled-charsmap.js'
import { TextPattern } from './text-pattern.js'
import type { TokenizerPart } from './tokenizer-part.js'
import { codePointSet, IDEOGRAPH_RANGES, isWhiteSpace } from './unicode-classes.js'
import { lowerCase, normalizeText, withoutSet } from './unicode-text.js'

/** The first step of a tokenizer: a text becomes the text that is cut into words. */
export type TextNormalizer = (text: string) => string

/**
 * The normalizer that tokenizer.json describes, equal to the native one on every Node.
 * @throws ModelError `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export function createNormalizer(part: TokenizerPart): TextNormalizer {
  const type = part.string('type')
  switch (type) {
    case 'Sequence': {
      const steps = part.parts('normalizers').map(createNormalizer)
      return (text) => steps.reduce((found, step) => step(found), text)
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => normalizeText(text, type)
    case 'BertNormalizer':
      return createBertNormalizer(part)
    case 'Lowercase':
      return lowerCase
    case 'StripAccents':
      return (text) => withoutSet(text, codePointSet('mark'))
    case 'Strip':
      return createStrip(part.boolean('strip_left', false), part.boolean('strip_right', false))
    case 'Prepend': {
      const prefix = part.string('prepend')
      return (text) => (text === '' ? text : prefix + text)
    }
    case 'Replace': {
      const pattern = new TextPattern(part)
      const content = part.string('content')
      return (text) => replaceAll(text, pattern, content)
    }
    case 'ByteLevel':
      return spellBytes
    case 'Precompiled':
      return createCharsmap(part)
    default:
      throw new ModelError(
        'TOKENIZER_UNSUPPORTED',
        `${part.place}: this tokenizer cannot be run: its normalizer is ${type}. Expected one of Sequence, NFC, NFD, NFKC, NFKD, BertNormalizer, Lowercase, StripAccents, Strip, Prepend, Replace, ByteLevel, Precompiled.`,
      )
  }
}

/** BERT's normalizer in its four steps, each where the file asks for it. */
export function createBertNormalizer(part: TokenizerPart): TextNormalizer {
  const isClean = part.boolean('clean_text', true)
  const hasChinese = part.boolean('handle_chinese_chars', true)
  const isLower = part.boolean('lowercase', true)
  const isStripped = part.boolean('strip_accents', isLower)
  return (text) => {
    let found = text
    if (isClean) found = cleanText(found)
    if (hasChinese) found = spaceOutIdeographs(found)
    if (isStripped) found = stripAccents(found)
    return isLower ? lowerCase(found) : found
  }
}

/** Takes out what BERT drops (controls, NULs, replacement characters), and makes all white space a space. */
function cleanText(text: string): string {
  return withoutSet(text, codePointSet('dropped')).replace(WHITE_SPACE, ' ')
}

export function stripAccents(text: string): string {
  return ASCII.test(text) ? text : withoutSet(normalizeText(text, 'NFD'), codePointSet('nonspacing'))
}

const ASCII = /^[\0-\x7f]*$/
const WHITE_SPACE = /[\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g

function spaceOutIdeographs(text: string): string {
  return ASCII.test(text) ? text : text.replace(IDEOGRAPH, ' $& ')
}

const IDEOGRAPH = new RegExp(
  `[${IDEOGRAPH_RANGES.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')}]`,
  'gu',
)

function createStrip(left: boolean, right: boolean): TextNormalizer {
  return (text) => {
    let begin = 0
    let end = text.length
    if (left) while (begin < end && isWhiteSpace(text.charCodeAt(begin))) begin += 1
    if (right) while (end > begin && isWhiteSpace(text.charCodeAt(end - 1))) end -= 1
    return text.slice(begin, end)
  }
}

function replaceAll(text: string, pattern: TextPattern, content: string): string {
  let replaced = ''
  let at = 0
  for (const [begin, end] of pattern.matches(text)) {
    replaced += text.slice(at, begin) + content
    at = end
  }
  return at === 0 && replaced === '' ? text : replaced + text.slice(at)
}

function createCharsmap(part: TokenizerPart): TextNormalizer {
  if (!part.has('precompiled_charsmap')) return (text) => text
  const base64 = part.string('precompiled_charsmap')
  let charsmap: PrecompiledCharsmap
  try {
    charsmap = new PrecompiledCharsmap(base64)
  } catch (cause) {
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${part.place}.precompiled_charsmap: expected a SentencePiece charsmap in base64, but ${(cause as Error).message}. Fetch the model's files again.`,
      { cause },
    )
  }
  return (text) => charsmap.normalize(text)
}

/** How GPT-2 spells the bytes of a text: one printable character for each. */
export function spellBytes(text: string): string {
  let spelled = ''
  for (const byte of Buffer.from(text)) spelled += BYTE_CHARACTERS[byte]
  return spelled
}

const BYTE_CHARACTERS: readonly string[] = (() => {
  let others = 0
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    if (isPrintable) return String.fromCharCode(byte)
    others += 1
    return String.fromCharCode(255 + others)
  })
})()
