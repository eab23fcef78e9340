import type { TokenModel } from './token-model.js'

/** WordPiece's words of more characters than this are unknown, where tokenizer.json does not say otherwise. */
const MAX_CHARACTERS = 100

/** WordPiece: a word becomes the longest pieces of the vocabulary, from left to right, or is unknown. */
export class WordPieceModel implements TokenModel {
  readonly #vocabulary: ReadonlyMap<string, number>
  readonly #unknown: number
  readonly #prefix: string
  /** Characters of a word beyond which it is unknown. */
  readonly maxCharacters: number
  /** No piece has more UTF-16 units. */
  readonly #maxUnits: number

  constructor(
    vocabulary: ReadonlyMap<string, number>,
    unknown: number,
    { prefix = '##', maxCharacters = MAX_CHARACTERS }: { readonly prefix?: string; readonly maxCharacters?: number },
  ) {
    this.#vocabulary = vocabulary
    this.#unknown = unknown
    this.#prefix = prefix
    this.maxCharacters = maxCharacters
    let longest = 0
    for (const token of vocabulary.keys()) longest = Math.max(longest, token.length)
    this.#maxUnits = longest
  }

  encode(word: string): readonly number[] {
    if (word.length > this.maxCharacters && countCharacters(word) > this.maxCharacters) return [this.#unknown]
    const ids: number[] = []
    for (let start = 0; start < word.length; ) {
      const prefix = start === 0 ? '' : this.#prefix
      let end = Math.min(word.length, start + this.#maxUnits)
      let id: number | undefined
      for (; end > start; end -= 1) {
        if (isInside(word, end)) continue
        id = this.#vocabulary.get(prefix + word.slice(start, end))
        if (id !== undefined) break
      }
      if (id === undefined) return [this.#unknown]
      ids.push(id)
      start = end
    }
    return ids
  }
}

/** Whether a place in a text is between the two units of one character. */
function isInside(text: string, place: number): boolean {
  return (text.charCodeAt(place) & 0xfc00) === 0xdc00 && (text.charCodeAt(place - 1) & 0xfc00) === 0xd800
}

function countCharacters(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) count += 1
  return count
}
