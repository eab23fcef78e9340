import { Tokenizer } from '@huggingface/tokenizers'
import { ModelError } from '../errors.js'
import { type CutPieces, SpecialTokens } from './special-tokens.js'
import {
  EXACT_COUNT_CHARACTERS,
  type TextTokenizer,
  type TokenizedPair,
  type TokenizedText,
  type TokenPiece,
} from './tokenizer.js'
import { readTokenizerFiles, type TokenizerFiles, unknownIdOf } from './tokenizer-files.js'

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
export class WordPieceTokenizer implements TextTokenizer {
  readonly #tokenizer: Tokenizer
  readonly #special: SpecialTokens
  readonly unknownId: number | undefined
  readonly #isLowercase: boolean
  /** Special tokens that stand for themselves in a text, by the code of their first character. */
  readonly #added = new Map<number, { readonly content: string; readonly id: number }[]>()
  readonly #words = new Map<string, readonly number[]>()

  /** @throws ModelError `TOKENIZER_UNSUPPORTED` if it is not BERT's WordPiece */
  constructor(files: TokenizerFiles) {
    const { definition } = files
    if (!isWordPiece(files)) {
      const { normalizer, pre_tokenizer: preTokenizer, model } = definition
      throw new ModelError(
        'TOKENIZER_UNSUPPORTED',
        `${files.path}: expected BERT's WordPiece tokenizer with plain special tokens, got ${normalizer?.type} / ${preTokenizer?.type} / ${model?.type}.`,
      )
    }
    this.#special = new SpecialTokens(files)
    this.unknownId = unknownIdOf(files)
    this.#isLowercase = definition.normalizer?.lowercase === true
    this.#tokenizer = new Tokenizer({ ...definition, decoder: null, post_processor: null }, {})
    for (const { content, id } of definition.added_tokens ?? []) {
      const code = content.charCodeAt(0)
      this.#added.set(code, [...(this.#added.get(code) ?? []), { content, id }])
    }
  }

  /**
   * Loads tokenizer.json and tokenizer_config.json from a model's folder.
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`; `TOKENIZER_UNSUPPORTED` if it is not BERT's WordPiece
   */
  static async open(folder: string): Promise<WordPieceTokenizer> {
    return new WordPieceTokenizer(await readTokenizerFiles(folder))
  }

  get specialTokens(): number {
    return this.#special.single
  }

  get pairSpecialTokens(): number {
    return this.#special.pair
  }

  /**
   * Token ids of a text: `[CLS]`, its first pieces, `[SEP]`, at most `maxTokens` in all. Any string is a text: NULs, control
   * characters and lone surrogates are dropped as the native tokenizer drops them; the empty text is `[CLS] [SEP]`.
   * @param maxTokens at least one more than {@link specialTokens}
   */
  encode(text: string, maxTokens: number): TokenizedText {
    return this.#special.arrange(this.#read(text, maxTokens - this.#special.single), maxTokens)
  }

  encodeBare(text: string, maxTokens: number): TokenizedText {
    return this.#special.arrangeBare(this.#read(text, maxTokens), maxTokens)
  }

  encodePair(first: string, second: string, maxTokens: number): TokenizedPair {
    const room = maxTokens - this.#special.pair
    return this.#special.arrangePair(this.#read(first, room), this.#read(second, room), maxTokens)
  }

  pieces(text: string): TokenPiece[] {
    const { ids } = this.#read(text, Number.POSITIVE_INFINITY)
    return ids.map((id) => ({ id, token: this.#tokenizer.id_to_token(id)! }))
  }

  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id)
  }

  /** The first pieces of a text, `room` at most, and how many there are. */
  #read(text: string, room: number): CutPieces {
    const ids: number[] = []
    let count = 0
    let position = 0
    while (position < text.length && (count < room || position < EXACT_COUNT_CHARACTERS)) {
      const end = this.#endOfWord(text, position)
      const added = this.#added.size > 0 ? this.#addedAt(text, position) : undefined
      if (added !== undefined) {
        if (count < room) ids.push(added.id)
        count += 1
        position += added.content.length
        continue
      }
      if (classOf(text.codePointAt(position)!) !== SPACE) {
        const word = this.#encodeWord(text, position, end)
        for (let i = 0; i < word.length && ids.length < room; i++) ids.push(word[i]!)
        count += word.length
      }
      position = end
    }
    const unread = text.length - position
    const estimate = unread > 0 ? Math.round((count / position) * unread) : 0
    return { ids, count: count + estimate }
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
    const lowered = this.#isLowercase ? word.replaceAll('Σ', 'σ') : word
    const ids = this.#tokenizer.encode(lowered, { add_special_tokens: false }).ids
    if (word.length <= CACHED_WORD_CHARACTERS) {
      if (this.#words.size >= CACHED_WORDS) this.#words.clear()
      // A copy: a slice would keep the whole text alive.
      this.#words.set(Buffer.from(word, 'utf16le').toString('utf16le'), ids)
    }
    return ids
  }
}

/** Whether a tokenizer is BERT's WordPiece with plain special tokens, cut on the right. */
export function isWordPiece({ definition, config }: TokenizerFiles): boolean {
  const { model, normalizer, pre_tokenizer: preTokenizer, added_tokens: added = [] } = definition
  return (
    normalizer?.type === 'BertNormalizer' &&
    preTokenizer?.type === 'BertPreTokenizer' &&
    model?.type === 'WordPiece' &&
    normalizer.clean_text === true &&
    normalizer.handle_chinese_chars === true &&
    config.truncation_side !== 'left' &&
    added.every((token) => token.content.length > 0 && !token.normalized && !token.single_word)
  )
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
