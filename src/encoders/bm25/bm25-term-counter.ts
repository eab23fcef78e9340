import { termId } from '../../tokenizers/words/murmur3.js'
import { BETWEEN_WORDS, type WordCutter } from '../../tokenizers/words/word-cutter.js'
import { WordIndex } from '../../tokenizers/words/word-index.js'
import { withRoom } from '../../vectors/with-room.js'

/** The terms of one text, in the order of their first occurrence. Valid until the next text is counted. */
export interface CountedText {
  /** Words before any was dropped. */
  readonly words: number
  /** Words that became a term. */
  readonly length: number
  /** Different terms. */
  readonly size: number
  /** Index of each term in a vector, uint32 [≥ size]; two terms may share one. */
  readonly ids: Uint32Array
  /** Occurrences of each term, uint32 [≥ size]. */
  readonly counts: Uint32Array
}

/** Words and their code units that are remembered: the vocabulary of a large corpus in some 20 MB. */
const MAX_WORDS = 131_072
const MAX_WORD_UNITS = 2_097_152

/** FNV-1a, over code units. */
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Texts are numbered in 32 bits, some of them twice. */
const MAX_TEXTS = 2 ** 31 - 4

const DROPPED = -1
const SPACE = 32

/**
 * Counts the terms of texts. Remembers the term of every word, so that a word is filtered, stemmed and hashed once;
 * forgets all of them when there are too many, between two texts.
 */
export class TermCounter {
  readonly #cutter: WordCutter
  readonly #termOf: (word: string) => string | null
  readonly #words = new WordIndex()
  #termOfWord = new Int32Array(4096)
  readonly #terms = new Map<string, number>()
  readonly #termTexts: string[] = []
  readonly #termIds: number[] = []
  /** The text in which a term was last seen, and its position among the terms of that text. */
  #seenIn = new Int32Array(4096)
  #positions = new Int32Array(4096)
  #text = 0
  /** Code units of the text that is being counted, and a space behind them. */
  #units = new Uint16Array(4096)
  #bytes = Buffer.from(this.#units.buffer)
  #ids = new Uint32Array(1024)
  #counts = new Uint32Array(1024)
  #found: number[] = []

  /** @param termOf from a word to its term; null drops the word. Pure. */
  constructor(cutter: WordCutter, termOf: (word: string) => string | null) {
    this.#cutter = cutter
    this.#termOf = termOf
  }

  count(text: string): CountedText {
    const isFull = this.#words.size >= MAX_WORDS || this.#words.unitCount >= MAX_WORD_UNITS
    if (isFull || this.#text >= MAX_TEXTS) this.#forget()
    return this.#countUnits(text, false) ?? this.#countUnits(this.#cutter.spaceOut(text), true)!
  }

  /** The text of each term of the text that was counted last. */
  termTexts(): string[] {
    return this.#found.map((term) => this.#termTexts[term]!)
  }

  /** Null if the text is not all ASCII and was not spaced out for that. */
  #countUnits(text: string, isSpacedOut: boolean): CountedText | null {
    const units = this.#load(text)
    const { ascii } = this.#cutter
    const end = text.length
    this.#text += 1
    this.#found = []
    let words = 0
    let length = 0
    let begin = 0
    let hash = FNV_OFFSET
    for (let i = 0; i <= end; i += 1) {
      const code = units[i]!
      if (code > 127 && !isSpacedOut) return null
      const unit = code > 127 ? code : ascii[code]!
      if (unit !== BETWEEN_WORDS) {
        units[i] = unit
        hash = Math.imul(hash ^ unit, FNV_PRIME)
        continue
      }
      if (i > begin) {
        words += 1
        const term = this.#lookUp(units, begin, i, hash)
        if (term !== DROPPED) {
          length += 1
          this.#note(term)
        }
        hash = FNV_OFFSET
      }
      begin = i + 1
    }
    return { words, length, size: this.#found.length, ids: this.#ids, counts: this.#counts }
  }

  /** The text's code units with a space behind them, which ends the last word. */
  #load(text: string): Uint16Array {
    if (text.length >= this.#units.length) {
      this.#units = new Uint16Array(2 * text.length + 1)
      this.#bytes = Buffer.from(this.#units.buffer)
    }
    this.#bytes.write(text, 'utf16le')
    this.#units[text.length] = SPACE
    return this.#units
  }

  #lookUp(units: Uint16Array, begin: number, end: number, hash: number): number {
    const word = this.#words.find(units, begin, end, hash)
    if (word >= 0) return this.#termOfWord[word]!
    // Decoded from bytes, the string does not hold on to the whole text.
    const text = this.#bytes.toString('utf16le', begin * 2, end * 2)
    const term = this.#termOf(text)
    const number = term === null ? DROPPED : this.#intern(term)
    const added = this.#words.add(units, begin, end, hash)
    this.#termOfWord = withRoom(this.#termOfWord, added + 1)
    this.#termOfWord[added] = number
    return number
  }

  #intern(text: string): number {
    const known = this.#terms.get(text)
    if (known !== undefined) return known
    const term = this.#termTexts.push(text) - 1
    this.#terms.set(text, term)
    this.#termIds.push(termId(text))
    this.#seenIn = withRoom(this.#seenIn, term + 1)
    this.#positions = withRoom(this.#positions, term + 1)
    return term
  }

  #note(term: number): void {
    if (this.#seenIn[term] === this.#text) {
      this.#counts[this.#positions[term]!]! += 1
      return
    }
    const position = this.#found.push(term) - 1
    this.#seenIn[term] = this.#text
    this.#positions[term] = position
    if (position === this.#ids.length) {
      this.#ids = withRoom(this.#ids, position + 1)
      this.#counts = withRoom(this.#counts, position + 1)
    }
    this.#ids[position] = this.#termIds[term]!
    this.#counts[position] = 1
  }

  #forget(): void {
    this.#words.clear()
    this.#terms.clear()
    this.#termTexts.length = 0
    this.#termIds.length = 0
    this.#seenIn.fill(0)
    this.#text = 0
  }
}
