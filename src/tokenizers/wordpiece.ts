import { ModelError } from '../errors.js'
import { ArrangedTokenizer } from './arranged-tokenizer.js'
import { type CutPieces, cutSideOf } from './special-tokens.js'
import { AddedTokens } from './steps/added-tokens.js'
import { createTokenModel } from './steps/create-token-model.js'
import { WordCache } from './steps/word-cache.js'
import { EXACT_COUNT_CHARACTERS } from './tokenizer.js'
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js'
import { TokenizerPart } from './tokenizer-part.js'
import { bertClasses, SINGLE, SPACE } from './unicode/bert-classes.js'
import { codePointSet } from './unicode/unicode-classes.js'
import { lowerCase, normalizeText, withoutSet } from './unicode/unicode-text.js'

/** What is dropped from a word or changed in it is not here. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/**
 * BERT's WordPiece: text to token ids, the same as Hugging Face's native tokenizer gives.
 *
 * The text is cut into words at white space, punctuation and CJK characters here, so that words can be remembered and a
 * long text need not be read to its end. {@link WholeTextTokenizer} gives the same by the general way. Any string is a text: NULs,
 * control characters and lone surrogates are dropped as the native tokenizer drops them; the empty text is `[CLS] [SEP]`.
 */
export class WordPieceTokenizer extends ArrangedTokenizer {
  readonly #isLowercase: boolean
  readonly #isStripped: boolean
  readonly #classes: Uint8Array
  /** Special tokens that stand for themselves in a text. */
  readonly #added: AddedTokens
  readonly #hasAdded: boolean
  readonly #ids: ReadonlyMap<string, number>
  readonly #addedIds: ReadonlyMap<string, number>
  /** Made when it is first asked for: a start is shorter without it. */
  #tokens: Map<number, string> | undefined
  readonly #words: WordCache

  /** @throws ModelError `TOKENIZER_UNSUPPORTED` if it is not BERT's WordPiece */
  constructor(files: TokenizerFiles) {
    super(requireWordPiece(files))
    const { definition } = files
    const whole = new TokenizerPart(definition, files.path)
    const normalizer = whole.part('normalizer')
    this.#isLowercase = normalizer.boolean('lowercase', true)
    this.#isStripped = normalizer.boolean('strip_accents', this.#isLowercase)
    this.#classes = bertClasses(this.#isStripped)
    const { model, ids } = createTokenModel(whole.part('model'))
    this.#words = new WordCache((word) => model.encode(this.#normalize(word)))
    this.#ids = ids
    const added = definition.added_tokens ?? []
    this.#addedIds = new Map(added.map(({ content, id }) => [content, id]))
    this.#added = new AddedTokens(added)
    this.#hasAdded = added.length > 0
  }

  /**
   * Loads tokenizer.json and tokenizer_config.json from a model's folder.
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`; `TOKENIZER_UNSUPPORTED` if it is not BERT's WordPiece
   */
  static async open(folder: string): Promise<WordPieceTokenizer> {
    return new WordPieceTokenizer(await readTokenizerFiles(folder))
  }

  idOf(token: string): number | undefined {
    return this.#addedIds.get(token) ?? this.#ids.get(token)
  }

  tokenOf(id: number): string | undefined {
    if (this.#tokens === undefined) {
      this.#tokens = new Map()
      for (const ids of [this.#ids, this.#addedIds]) for (const [token, of] of ids) this.#tokens.set(of, token)
    }
    return this.#tokens.get(id)
  }

  /** The first pieces of a text, those that there is room for, and how many there are. */
  protected read(text: string, maxTokens: number, reserved: number): CutPieces {
    const room = maxTokens - reserved
    const ids: number[] = []
    let count = 0
    let position = 0
    while (position < text.length && (count < room || position < EXACT_COUNT_CHARACTERS)) {
      const added = this.#hasAdded ? this.#added.at(text, position) : undefined
      if (added !== undefined) {
        if (count < room) ids.push(added.id)
        count += 1
        position = added.end
        continue
      }
      const end = this.#endOfWord(text, position)
      if (this.#classes[text.codePointAt(position)!] !== SPACE) {
        const word = this.#words.encode(text.slice(position, end))
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
    const classes = this.#classes
    const first = text.codePointAt(begin)!
    const kind = classes[first]
    let end = begin + (first > 0xffff ? 2 : 1)
    if (kind === SINGLE) return end
    while (end < text.length) {
      const code = text.codePointAt(end)!
      if (classes[code] !== kind) break
      if (this.#hasAdded && this.#added.at(text, end) !== undefined) break
      end += code > 0xffff ? 2 : 1
    }
    return end
  }

  #normalize(word: string): string {
    let found = word
    if (!PRINTABLE_ASCII.test(word)) {
      found = withoutSet(found, codePointSet('dropped'))
      if (this.#isStripped) found = withoutSet(normalizeText(found, 'NFD'), codePointSet('nonspacing'))
    }
    return this.#isLowercase ? lowerCase(found) : found
  }
}

function requireWordPiece(files: TokenizerFiles): TokenizerFiles {
  if (isWordPiece(files)) return files
  const { normalizer, pre_tokenizer: preTokenizer, model } = files.definition
  throw new ModelError(
    'TOKENIZER_UNSUPPORTED',
    `${files.path}: expected BERT's WordPiece tokenizer with plain special tokens, got ${normalizer?.type} / ${preTokenizer?.type} / ${model?.type}.`,
  )
}

/** Whether a tokenizer is BERT's WordPiece with plain special tokens, cut on the right. */
export function isWordPiece(files: TokenizerFiles): boolean {
  const { definition } = files
  const { model, normalizer, pre_tokenizer: preTokenizer, added_tokens: added = [] } = definition
  return (
    normalizer?.type === 'BertNormalizer' &&
    preTokenizer?.type === 'BertPreTokenizer' &&
    model?.type === 'WordPiece' &&
    normalizer.clean_text === true &&
    normalizer.handle_chinese_chars === true &&
    cutSideOf(files) === 'right' &&
    added.every((token) => token.content.length > 0 && !token.normalized && !token.single_word)
  )
}
