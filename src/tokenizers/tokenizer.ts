/** The tokens of one text. */
export interface TokenizedText {
  /** int32 [tokens], special tokens included, at most `maxTokens`. */
  readonly inputIds: Int32Array
  /** Tokens of the text that did not fit; an estimate for the part of a text beyond {@link EXACT_COUNT_CHARACTERS}. */
  readonly cutTokens: number
}

/** The tokens of a pair of texts in one row. */
export interface TokenizedPair extends TokenizedText {
  /** int32 [tokens]: which text a token belongs to, as the model counts them; special tokens belong to the text that they follow. */
  readonly tokenTypeIds: Int32Array
}

/** A token as the vocabulary spells it, with its id. */
export interface TokenPiece {
  readonly token: string
  readonly id: number
}

/**
 * Tokens beyond the cut are counted exactly in this many characters (UTF-16 units) of a text. What a longer text holds
 * after the cut and after this many characters is estimated at the tokens per character of what was read,
 * so that a text of 10 MB costs what one of 64 KB costs.
 */
export const EXACT_COUNT_CHARACTERS = 65_536

/** Text to token ids, the same as Hugging Face's native tokenizer gives for the model's tokenizer.json. */
export interface TextTokenizer {
  /** Special tokens that are put around one text. */
  readonly specialTokens: number
  /** Special tokens that are put around and between the texts of a pair. */
  readonly pairSpecialTokens: number
  /** Id of the token that stands for what the vocabulary lacks, where there is one. */
  readonly unknownId: number | undefined
  /** Token ids of a text with its special tokens. @param maxTokens at least one more than {@link specialTokens} */
  encode(text: string, maxTokens: number): TokenizedText
  /** Token ids of a text without special tokens around. */
  encodeBare(text: string, maxTokens: number): TokenizedText
  /**
   * Token ids of two texts in one row, cut longest first: the longer text gives way until the two are equally long.
   * @param maxTokens at least two more than {@link pairSpecialTokens}
   */
  encodePair(first: string, second: string, maxTokens: number): TokenizedPair
  /** The tokens of a text, all of them and without special tokens around. */
  pieces(text: string): TokenPiece[]
  /** The id of a token as the vocabulary spells it, or undefined. */
  idOf(token: string): number | undefined
  /** The spelling of a token, or undefined. */
  tokenOf(id: number): string | undefined
}
