/** The last step of a tokenizer: a word, as normalizer and pre-tokenizer leave it, becomes token ids. */
export interface TokenModel {
  encode(word: string): readonly number[]
}
