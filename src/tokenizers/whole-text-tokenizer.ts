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
import { type TokenizerFiles, unknownIdOf } from './tokenizer-files.js'

/** No vocabulary has tokens this long in any number: what is read for a cut is more than what is kept. */
const CHARACTERS_PER_TOKEN = 16

const KNOWN_MODELS = ['WordPiece', 'BPE', 'Unigram']

/**
 * Any tokenizer that @huggingface/tokenizers knows (BPE, Unigram, WordPiece of another kind), which reads a text as a whole.
 * Of a text that is far longer than what fits, the end (or, for a tokenizer that cuts on the left, the beginning) is not read.
 */
export class WholeTextTokenizer implements TextTokenizer {
  readonly #tokenizer: Tokenizer
  readonly #special: SpecialTokens
  readonly unknownId: number | undefined

  /** @throws ModelError `TOKENIZER_UNSUPPORTED` */
  constructor(files: TokenizerFiles) {
    this.#special = new SpecialTokens(files)
    this.unknownId = unknownIdOf(files)
    this.#tokenizer = createTokenizer(files)
  }

  get specialTokens(): number {
    return this.#special.single
  }

  get pairSpecialTokens(): number {
    return this.#special.pair
  }

  encode(text: string, maxTokens: number): TokenizedText {
    return this.#special.arrange(this.#read(text, maxTokens), maxTokens)
  }

  encodeBare(text: string, maxTokens: number): TokenizedText {
    return this.#special.arrangeBare(this.#read(text, maxTokens), maxTokens)
  }

  encodePair(first: string, second: string, maxTokens: number): TokenizedPair {
    return this.#special.arrangePair(this.#read(first, maxTokens), this.#read(second, maxTokens), maxTokens)
  }

  pieces(text: string): TokenPiece[] {
    const { ids, tokens } = this.#tokenizer.encode(text, { add_special_tokens: false })
    return ids.map((id: number, i: number) => ({ id, token: tokens[i]! }))
  }

  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id)
  }

  /** The tokens of a text, or of so much of it that more than `maxTokens` are found. */
  #read(text: string, maxTokens: number): CutPieces {
    const encode = (part: string) => this.#tokenizer.encode(part, { add_special_tokens: false }).ids
    for (
      let limit = Math.max(EXACT_COUNT_CHARACTERS, CHARACTERS_PER_TOKEN * maxTokens);
      limit < text.length;
      limit *= 2
    ) {
      const part = this.#special.cutSide === 'right' ? headOf(text, limit) : tailOf(text, limit)
      const ids = encode(part)
      if (ids.length > maxTokens) return { ids, count: Math.round((ids.length / part.length) * text.length) }
    }
    const ids = encode(text)
    return { ids, count: ids.length }
  }
}

/** The beginning of a text up to white space near `limit`, where tokens end. */
function headOf(text: string, limit: number): string {
  const near = text.slice(limit - 256, limit).search(/\s\S*$/)
  return text.slice(0, near < 0 ? limit : limit - 256 + near)
}

function tailOf(text: string, limit: number): string {
  const begin = text.length - limit
  const near = text.slice(begin, begin + 256).search(/\s/)
  return text.slice(near < 0 ? begin : begin + near)
}

function createTokenizer({ path, definition, config }: TokenizerFiles): Tokenizer {
  const { model } = definition
  // older files leave the type out
  const isKnown =
    model?.type === undefined
      ? Array.isArray(model?.vocab) || model?.merges !== undefined
      : KNOWN_MODELS.includes(model.type)
  if (!isKnown) throw unsupported(path, `its model is ${model?.type}`)
  const prefix = model?.type === 'BPE' ? model.continuing_subword_prefix : null
  if (typeof prefix === 'string' && prefix !== '') throw unsupported(path, 'BPE with a prefix of continuing subwords')
  try {
    // of the config only what the native tokenizer knows too; the rest would change the text
    return new Tokenizer(
      { normalizer: null, pre_tokenizer: null, ...definition, decoder: null, post_processor: null },
      {
        ...(typeof config.eos_token === 'string' && { eos_token: config.eos_token }),
      },
    )
  } catch (cause) {
    throw unsupported(path, (cause as Error).message, cause)
  }
}

function unsupported(path: string, what: string, cause?: unknown): ModelError {
  return new ModelError(
    'TOKENIZER_UNSUPPORTED',
    `${path}: this tokenizer cannot be run: ${what}. Expected WordPiece, BPE or Unigram with parts that @huggingface/tokenizers knows.`,
    { cause },
  )
}
