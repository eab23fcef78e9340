import type { TokenizerFiles } from '../tokenizer-files.js'
import { TokenizerPart } from '../tokenizer-part.js'
import { AddedTokens } from './added-tokens.js'
import { createTokenModel } from './create-token-model.js'
import { createPreTokenizer, type PreTokenizer, type TextPiece } from './pre-tokenizer.js'
import { createNormalizer, type TextNormalizer } from './text-normalizer.js'
import type { TokenModel } from './token-model.js'

/** Words are kept with their ids up to this length and number; text repeats itself: nearly every word is found. */
const CACHED_WORD_CHARACTERS = 32
const CACHED_WORDS = 60_000

/** The steps of a tokenizer: added tokens are taken out, what stands between them is normalized, cut into words and encoded. */
export class TokenPipeline {
  readonly #added: AddedTokens
  readonly #normalizedAdded: AddedTokens
  readonly #normalizer: TextNormalizer
  readonly #preTokenize: PreTokenizer
  readonly #asksForStart: boolean
  readonly #model: TokenModel
  readonly #ids: Map<string, number>
  readonly #tokens = new Map<number, string>()
  readonly #words = new Map<string, readonly number[]>()

  /** @throws ModelError `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED` */
  constructor({ path, definition }: TokenizerFiles) {
    const whole = new TokenizerPart(definition, path)
    this.#normalizer = whole.has('normalizer')
      ? createNormalizer(whole.part('normalizer'))
      : { normalize: (text) => text }
    this.#preTokenize = whole.has('pre_tokenizer')
      ? createPreTokenizer(whole.part('pre_tokenizer'))
      : (piece) => [piece]
    this.#asksForStart = asksForStart(definition.pre_tokenizer)
    const { model, ids } = createTokenModel(whole.part('model'))
    this.#model = model
    this.#ids = new Map(ids)
    const added = definition.added_tokens ?? []
    for (const { content, id } of added) this.#ids.set(content, id)
    for (const [token, id] of this.#ids) this.#tokens.set(id, token)
    this.#added = new AddedTokens(added.filter(({ normalized }) => !normalized))
    this.#normalizedAdded = new AddedTokens(
      added.filter(({ normalized }) => normalized),
      (content) => this.#normalizer.normalize(content),
    )
  }

  /** The token ids of a text, without special tokens around. */
  encode(text: string): number[] {
    const ids: number[] = []
    for (const section of this.#added.split(text.toWellFormed())) {
      if ('id' in section) {
        ids.push(section.id)
        continue
      }
      const isStart = section.begin === 0 && this.#asksForStart && this.#startIsKept(section.text)
      for (const part of this.#normalizedAdded.split(this.#normalizer.normalize(section.text))) {
        if ('id' in part) ids.push(part.id)
        else this.#encodePiece({ text: part.text, isStart: isStart && part.begin === 0 }, ids)
      }
    }
    return ids
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens.get(id)
  }

  #startIsKept(text: string): boolean {
    const head = String.fromCodePoint(text.codePointAt(0)!)
    return (this.#normalizer.headOf?.(head, text) ?? this.#normalizer.normalize(head)) !== ''
  }

  #encodePiece(piece: TextPiece, ids: number[]): void {
    for (const { text } of this.#preTokenize(piece)) for (const id of this.#encodeWord(text)) ids.push(id)
  }

  #encodeWord(word: string): readonly number[] {
    if (word.length > CACHED_WORD_CHARACTERS) return this.#model.encode(word)
    const known = this.#words.get(word)
    if (known !== undefined) return known
    const ids = this.#model.encode(word)
    if (this.#words.size >= CACHED_WORDS) this.#words.clear()
    // A copy: a slice would keep the whole text alive.
    this.#words.set(Buffer.from(word, 'utf16le').toString('utf16le'), ids)
    return ids
  }
}

/** Whether a pre-tokenizer, or one in it, treats the first word of a text otherwise. */
function asksForStart(preTokenizer: unknown): boolean {
  if (typeof preTokenizer !== 'object' || preTokenizer === null) return false
  const { prepend_scheme: scheme, pretokenizers = [] } = preTokenizer as {
    readonly prepend_scheme?: unknown
    readonly pretokenizers?: readonly unknown[]
  }
  return scheme === 'first' || pretokenizers.some(asksForStart)
}
