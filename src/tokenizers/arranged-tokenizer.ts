import { type CutPieces, SpecialTokens } from './special-tokens.js'
import type { TextTokenizer, TokenizedPair, TokenizedText, TokenPiece } from './tokenizer.js'
import { type TokenizerFiles, unknownIdOf } from './tokenizer-files.js'

/** A tokenizer that reads the tokens of a text, and has them cut and special tokens put around them. */
export abstract class ArrangedTokenizer implements TextTokenizer {
  protected readonly special: SpecialTokens
  readonly unknownId: number | undefined

  /** @throws ModelError `TOKENIZER_UNSUPPORTED`, `MODEL_FILE_CORRUPT` */
  constructor(files: TokenizerFiles) {
    this.special = new SpecialTokens(files)
    this.unknownId = unknownIdOf(files)
  }

  get specialTokens(): number {
    return this.special.single
  }

  get pairSpecialTokens(): number {
    return this.special.pair
  }

  encode(text: string, maxTokens: number): TokenizedText {
    return this.special.arrange(this.read(text, maxTokens, this.special.single), maxTokens)
  }

  encodeBare(text: string, maxTokens: number): TokenizedText {
    return this.special.arrangeBare(this.read(text, maxTokens, 0), maxTokens)
  }

  encodePair(first: string, second: string, maxTokens: number): TokenizedPair {
    const { pair } = this.special
    return this.special.arrangePair(this.read(first, maxTokens, pair), this.read(second, maxTokens, pair), maxTokens)
  }

  pieces(text: string): TokenPiece[] {
    const { ids } = this.read(text, Number.POSITIVE_INFINITY, 0)
    return ids.map((id) => ({ id, token: this.tokenOf(id)! }))
  }

  abstract idOf(token: string): number | undefined
  abstract tokenOf(id: number): string | undefined

  /** The tokens of a text, at least those that are kept. @param reserved so many of `maxTokens` are special tokens */
  protected abstract read(text: string, maxTokens: number, reserved: number): CutPieces
}
