/** Words are kept with their ids up to this length and number; text repeats itself: nearly every word is found. */
const CACHED_WORD_CHARACTERS = 32
const CACHED_WORDS = 60_000

/** The token ids of words, which are encoded once. */
export class WordCache {
  readonly #encode: (word: string) => readonly number[]
  readonly #words = new Map<string, readonly number[]>()

  constructor(encode: (word: string) => readonly number[]) {
    this.#encode = encode
  }

  encode(word: string): readonly number[] {
    if (word.length > CACHED_WORD_CHARACTERS) return this.#encode(word)
    const known = this.#words.get(word)
    if (known !== undefined) return known
    const ids = this.#encode(word)
    if (this.#words.size >= CACHED_WORDS) this.#words.clear()
    // A copy: a slice would keep the whole text alive.
    this.#words.set(Buffer.from(word, 'utf16le').toString('utf16le'), ids)
    return ids
  }
}
