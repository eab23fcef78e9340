import type { TokenizerFiles } from '../tokenizer-files.js'
import { TokenizerPart } from '../tokenizer-part.js'
import { AddedTokens } from './added-tokens.js'
import { createTokenModel } from './create-token-model.js'
import { createPreTokenizer, type PreTokenizer, type TextPiece } from './pre-tokenizer.js'
import { createNormalizer, type TextNormalizer } from './text-normalizer.js'
import { WordCache } from './word-cache.js'

/** The steps of a tokenizer: added tokens are taken out, what stands between them is normalized, cut into words and encoded. */
export class TokenPipeline {
  readonly #added: AddedTokens
  readonly #normalizedAdded: AddedTokens
  readonly #normalizer: TextNormalizer
  readonly #preTokenize: PreTokenizer
  readonly #asksForStart: boolean
  readonly #ids: Map<string, number>
  readonly #tokens = new Map<number, string>()
  readonly #words: WordCache

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
    this.#words = new WordCache((word) => model.encode(word))
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
    for (const { text } of this.#preTokenize(piece)) for (const id of this.#words.encode(text)) ids.push(id)
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
