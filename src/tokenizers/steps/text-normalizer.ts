import type { TokenizerPart } from '../tokenizer-part.js'
import { type CodePointSet, codePointSet, IDEOGRAPH_RANGES, isWhiteSpace } from '../unicode/unicode-classes.js'
import { lowerCase, normalizeText, withoutSet } from '../unicode/unicode-text.js'
import { PrecompiledCharsmap } from './precompiled-charsmap.js'
import { TextPattern } from './text-pattern.js'

/** The first step of a tokenizer: a text becomes the text that is cut into words. */
export interface TextNormalizer {
  normalize(text: string): string
  /**
   * What becomes of the `head` of a text, the part that stands for its first character: nothing if that was dropped, or
   * replaced together with others. Without it, what {@link normalize} makes of it. Natively a Metaspace for the `first`
   * word looks at that: with `''` replaced, the text `''a` has no first word.
   */
  headOf?(head: string, text: string): string
}

/**
 * The normalizer that tokenizer.json describes, equal to the native one on every Node.
 * @throws ModelError `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export function createNormalizer(part: TokenizerPart): TextNormalizer {
  const type = part.string('type')
  switch (type) {
    case 'Sequence': {
      return createSequence(part.parts('normalizers').map(createNormalizer))
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return { normalize: (text) => normalizeText(text, type) }
    case 'BertNormalizer':
      return createBertNormalizer(part)
    case 'Lowercase':
      return { normalize: lowerCase }
    case 'StripAccents':
      return createFilter(codePointSet('mark'))
    case 'Strip':
      return createStrip(part.boolean('strip_left', false), part.boolean('strip_right', false))
    case 'Prepend': {
      const prefix = part.string('prepend')
      return { normalize: (text) => (text === '' ? text : prefix + text) }
    }
    case 'Replace': {
      return createReplace(new TextPattern(part), part.string('content'))
    }
    case 'ByteLevel':
      return { normalize: spellBytes }
    case 'Precompiled':
      return createCharsmap(part)
    default:
      throw part.unsupported(
        `its normalizer is ${type}`,
        'Expected one of Sequence, NFC, NFD, NFKC, NFKD, BertNormalizer, Lowercase, StripAccents, Strip, Prepend, Replace, ByteLevel, Precompiled.',
      )
  }
}

/** BERT's normalizer in its four steps, each where the file asks for it. */
function createBertNormalizer(part: TokenizerPart): TextNormalizer {
  const isClean = part.boolean('clean_text', true)
  const hasChinese = part.boolean('handle_chinese_chars', true)
  const isLower = part.boolean('lowercase', true)
  const isStripped = part.boolean('strip_accents', isLower)
  const none: TextNormalizer = { normalize: (text) => text }
  return createSequence([
    isClean ? createFilter(codePointSet('dropped')) : none,
    isClean ? { normalize: (text) => text.replace(WHITE_SPACE, ' ') } : none,
    hasChinese ? { normalize: spaceOutIdeographs } : none,
    isStripped ? { normalize: (text) => normalizeText(text, 'NFD') } : none,
    isStripped ? createFilter(codePointSet('nonspacing')) : none,
    isLower ? { normalize: lowerCase } : none,
  ])
}

function createSequence(steps: readonly TextNormalizer[]): TextNormalizer {
  return {
    normalize: (text) => steps.reduce((found, step) => step.normalize(found), text),
    headOf(head, text) {
      let [foundHead, found] = [head, text]
      for (const step of steps) {
        foundHead = step.headOf === undefined ? step.normalize(foundHead) : step.headOf(foundHead, found)
        found = step.normalize(found)
      }
      return foundHead
    },
  }
}

function createFilter(set: CodePointSet): TextNormalizer {
  return { normalize: (text) => withoutSet(text, set) }
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
  return {
    normalize(text) {
      let begin = 0
      let end = text.length
      if (left) while (begin < end && isWhiteSpace(text.charCodeAt(begin))) begin += 1
      if (right) while (end > begin && isWhiteSpace(text.charCodeAt(end - 1))) end -= 1
      return text.slice(begin, end)
    },
  }
}

function createReplace(pattern: TextPattern, content: string): TextNormalizer {
  return {
    normalize(text) {
      let replaced = ''
      let at = 0
      for (const [begin, end] of pattern.matches(text)) {
        replaced += text.slice(at, begin) + content
        at = end
      }
      return replaced + text.slice(at)
    },
    headOf(head, text) {
      const [begin, end] = pattern.matches(text)[0] ?? [1, 1]
      if (begin > 0 || head === '') return head
      // what is put in stands for the last character that it replaces
      return end <= head.length ? content : ''
    },
  }
}

function createCharsmap(part: TokenizerPart): TextNormalizer {
  if (!part.has('precompiled_charsmap')) return { normalize: (text) => text }
  const base64 = part.string('precompiled_charsmap')
  let charsmap: PrecompiledCharsmap
  try {
    charsmap = new PrecompiledCharsmap(base64)
  } catch (cause) {
    const why = `expected a SentencePiece charsmap in base64, but ${(cause as Error).message}`
    throw part.broken('precompiled_charsmap', why, cause)
  }
  // a rule that replaces the first character by nothing leaves the beginning to the next one
  return { normalize: (text) => charsmap.normalize(text), headOf: (head) => charsmap.normalize(head) || head }
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
