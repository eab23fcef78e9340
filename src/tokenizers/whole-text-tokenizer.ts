import { ArrangedTokenizer } from './arranged-tokenizer.js'
import type { CutPieces } from './special-tokens.js'
import { TokenPipeline } from './steps/token-pipeline.js'
import { EXACT_COUNT_CHARACTERS } from './tokenizer.js'
import type { TokenizerFiles } from './tokenizer-files.js'

/** No vocabulary has tokens this long in any number: what is read for a cut is more than what is kept. */
const CHARACTERS_PER_TOKEN = 16

/** Tokens near the place where a text is cut off may be others than in the whole text: so many more have to be found. */
const MARGIN_TOKENS = 64

/**
 * Any tokenizer (BPE, Unigram, WordPiece of another kind than BERT's), which reads a text as a whole.
 * Of a text that is far longer than what fits, the end (or, for a tokenizer that cuts on the left, the beginning) is not read.
 */
export class WholeTextTokenizer extends ArrangedTokenizer {
  readonly #pipeline: TokenPipeline

  /** @throws ModelError `TOKENIZER_UNSUPPORTED`, `MODEL_FILE_CORRUPT` */
  constructor(files: TokenizerFiles) {
    super(files)
    this.#pipeline = new TokenPipeline(files)
  }

  idOf(token: string): number | undefined {
    return this.#pipeline.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#pipeline.tokenOf(id)
  }

  /** The tokens of a text, or of so much of it that more than `maxTokens` are found. */
  protected read(text: string, maxTokens: number): CutPieces {
    for (
      let limit = Math.max(EXACT_COUNT_CHARACTERS, CHARACTERS_PER_TOKEN * maxTokens);
      limit < text.length;
      limit *= 2
    ) {
      const part = this.special.cutSide === 'right' ? headOf(text, limit) : tailOf(text, limit)
      const ids = this.#pipeline.encode(part)
      if (ids.length > maxTokens + MARGIN_TOKENS)
        return { ids, count: Math.round((ids.length / part.length) * text.length) }
    }
    const ids = this.#pipeline.encode(text)
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
