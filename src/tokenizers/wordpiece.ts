import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { ModelError } from '../errors.js'

/** The tokens of one text. */
export interface TokenizedText {
  /** int32 [tokens], special tokens included, at most `maxTokens`. */
  readonly inputIds: Int32Array
  /** Tokens of the text that did not fit; an estimate for the part of a text beyond {@link EXACT_COUNT_CHARACTERS}. */
  readonly cutTokens: number
}

/**
 * Tokens beyond the cut are counted exactly in this many characters (UTF-16 units) of a text. What a longer text holds
 * after the cut and after this many characters is estimated at the tokens per character of what was read,
 * so that a text of 10 MB costs what one of 64 KB costs.
 */
export const EXACT_COUNT_CHARACTERS = 65_536

/** Words are kept with their ids up to this length and number; English text repeats itself: nearly every word is found. */
const CACHED_WORD_CHARACTERS = 32
const CACHED_WORDS = 60_000

/** WordPiece gives one `[UNK]` to a word of more than 100 characters; so much of a word is read to know that it is one, past characters that do not count. */
const MAX_WORD_CHARACTERS = 4096

const WORD = 0
const SPACE = 1
const SINGLE = 2
const UNKNOWN = 3

/**
 * BERT's WordPiece: text to token ids, the same as Hugging Face's native tokenizer gives.
 *
 * The text is cut into words at white space, punctuation and CJK characters here, so that words can be remembered and a
 * long text need not be read to its end; each word's normalization and pieces are @huggingface/tokenizers'.
 */
export class WordPieceTokenizer {
  readonly #tokenizer: Tokenizer
  readonly #prefix: readonly number[]
  readonly #suffix: readonly number[]
  /** Special tokens that stand for themselves in a text, by the code of their first character. */
  readonly #added = new Map<number, { readonly content: string; readonly id: number }[]>()
  readonly #words = new Map<string, readonly number[]>()

  private constructor(tokenizer: Tokenizer, definition: TokenizerDefinition) {
    this.#tokenizer = tokenizer
    for (const { content, id } of definition.added_tokens ?? []) {
      const code = content.charCodeAt(0)
      this.#added.set(code, [...(this.#added.get(code) ?? []), { content, id }])
    }
    const probe = tokenizer.encode('a').ids
    const [word] = tokenizer.encode('a', { add_special_tokens: false }).ids
    const at = probe.indexOf(word!)
    this.#prefix = probe.slice(0, at)
    this.#suffix = probe.slice(at + 1)
  }

  /**
   * Loads tokenizer.json and tokenizer_config.json from a model's folder.
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`; `TOKENIZER_UNSUPPORTED` if it is not BERT's WordPiece
   */
  static async open(folder: string): Promise<WordPieceTokenizer> {
    const path = join(folder, 'tokenizer.json')
    const definition = (await readJson(path)) as TokenizerDefinition
    const config = await readJson(join(folder, 'tokenizer_config.json'))
    requireWordPiece(path, definition)
    return new WordPieceTokenizer(new Tokenizer(definition, config), definition)
  }

  /** Special tokens that are put around every text. */
  get specialTokens(): number {
    return this.#prefix.length + this.#suffix.length
  }

  /**
   * Token ids of a text: `[CLS]`, its first pieces, `[SEP]`, at most `maxTokens` in all. Any string is a text: NULs, control
   * characters and lone surrogates are dropped as the native tokenizer drops them; the empty text is `[CLS] [SEP]`.
   * @param maxTokens at least one more than {@link specialTokens}
   */
  encode(text: string, maxTokens: number): TokenizedText {
    const room = maxTokens - this.specialTokens
    const pieces: number[] = []
    let count = 0
    let position = 0
    while (position < text.length && (count < room || position < EXACT_COUNT_CHARACTERS)) {
      const end = this.#endOfWord(text, position)
      const ids = this.#added.size > 0 ? this.#addedAt(text, position) : undefined
      if (ids !== undefined) {
        if (count < room) pieces.push(ids.id)
        count += 1
        position += ids.content.length
        continue
      }
      if (classOf(text.codePointAt(position)!) !== SPACE) {
        const word = this.#encodeWord(text, position, end)
        for (let i = 0; i < word.length && pieces.length < room; i++) pieces.push(word[i]!)
        count += word.length
      }
      position = end
    }
    const unread = text.length - position
    const estimate = unread > 0 ? Math.round((count / position) * unread) : 0
    return {
      inputIds: Int32Array.from([...this.#prefix, ...pieces, ...this.#suffix]),
      cutTokens: count - pieces.length + estimate,
    }
  }

  /** Where the word, the white space or the single character that begins at `begin` ends. */
  #endOfWord(text: string, begin: number): number {
    const first = text.codePointAt(begin)!
    const kind = classOf(first)
    let end = begin + (first > 0xffff ? 2 : 1)
    if (kind === SINGLE) return end
    while (end < text.length) {
      const code = text.codePointAt(end)!
      if (classOf(code) !== kind) break
      if (this.#added.has(code) && this.#addedAt(text, end) !== undefined) break
      end += code > 0xffff ? 2 : 1
    }
    return end
  }

  #addedAt(text: string, position: number): { readonly content: string; readonly id: number } | undefined {
    return this.#added.get(text.charCodeAt(position))?.find(({ content }) => text.startsWith(content, position))
  }

  #encodeWord(text: string, begin: number, end: number): readonly number[] {
    const word = text.slice(begin, Math.min(end, begin + MAX_WORD_CHARACTERS))
    const known = this.#words.get(word)
    if (known !== undefined) return known
    // The native tokenizer lower-cases character by character; toLowerCase() would make a final Σ a ς.
    const ids = this.#tokenizer.encode(word.replaceAll('Σ', 'σ'), { add_special_tokens: false }).ids
    if (word.length <= CACHED_WORD_CHARACTERS) {
      if (this.#words.size >= CACHED_WORDS) this.#words.clear()
      // A copy: a slice would keep the whole text alive.
      this.#words.set(Buffer.from(word, 'utf16le').toString('utf16le'), ids)
    }
    return ids
  }
}

interface TokenizerDefinition {
  readonly model?: { readonly type?: string }
  readonly normalizer?: {
    readonly type?: string
    readonly clean_text?: boolean
    readonly handle_chinese_chars?: boolean
  }
  readonly pre_tokenizer?: { readonly type?: string }
  readonly added_tokens?: readonly {
    readonly id: number
    readonly content: string
    readonly normalized: boolean
    readonly single_word: boolean
  }[]
}

/** Whether a code point is part of a word, white space, or a word by itself (punctuation, CJK ideographs). */
function classOf(code: number): number {
  if (code > 0xffff) return computeClass(code)
  const known = CLASSES[code]!
  if (known !== UNKNOWN) return known
  const computed = computeClass(code)
  CLASSES[code] = computed
  return computed
}

/** Classes of the Basic Multilingual Plane, filled as they are asked for. */
const CLASSES = new Uint8Array(0x10000).fill(UNKNOWN)

// Not \\s: the other characters that it matches are controls, which are dropped and do not part words.
const WHITE_SPACE = /[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
// BERT counts every ASCII symbol as punctuation.
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/u

function computeClass(code: number): number {
  const character = String.fromCodePoint(code)
  if (WHITE_SPACE.test(character)) return SPACE
  return isCjk(code) || PUNCTUATION.test(character) ? SINGLE : WORD
}

/** CJK ideographs as BERT lists them. */
function isCjk(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  )
}

function requireWordPiece(path: string, definition: TokenizerDefinition): void {
  const { model, normalizer, pre_tokenizer: preTokenizer, added_tokens: added = [] } = definition
  const found = `${normalizer?.type} / ${preTokenizer?.type} / ${model?.type}`
  if (
    found !== 'BertNormalizer / BertPreTokenizer / WordPiece' ||
    normalizer?.clean_text !== true ||
    normalizer.handle_chinese_chars !== true ||
    added.some((token) => token.content.length === 0 || token.normalized || token.single_word)
  ) {
    throw new ModelError(
      'TOKENIZER_UNSUPPORTED',
      `${path}: expected BERT's WordPiece tokenizer with plain special tokens, got ${found}.`,
    )
  }
}

async function readJson(path: string): Promise<object> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ModelError('MODEL_FILE_MISSING', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  try {
    return JSON.parse(text) as object
  } catch (cause) {
    throw new ModelError('MODEL_FILE_CORRUPT', `${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}
