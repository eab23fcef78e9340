import { joinPieces } from '../../tokenizers/words/join-pieces.js'
import type { Stem } from '../../tokenizers/words/stemmer.js'
import { countCodePoints } from '../../tokenizers/words/words.js'

/** Which words miniCOIL has a matrix for, and how it reads the others. */
export interface MinicoilVocabulary {
  /** Number of a word, 1, 2, …; 0 is no word. */
  readonly words: ReadonlyMap<string, number>
  readonly wordOfStem: ReadonlyMap<string, string>
  readonly stopwords: ReadonlySet<string>
  readonly stem: Stem
}

/** A word of a text: one of the vocabulary with its number, or another, whose number is 0. */
export interface CountedWord {
  readonly word: string
  readonly number: number
  count: number
}

/** The words of a text and what each of its tokens belongs to. */
export interface ResolvedWords {
  /** Number of each token's word; 0 where the vocabulary has none. */
  readonly numbers: Uint32Array
  /** Words of the vocabulary by ascending number, then the others in the order of first occurrence. */
  readonly words: readonly CountedWord[]
}

const CONTINUATION = '##'
const TOKEN_MAX_LENGTH = 40
const SPECIAL_TOKENS = new Set(['[CLS]', '[SEP]', '[PAD]', '[UNK]', '[MASK]'])
const PUNCTUATION = /^\p{P}$/u
const NON_WORD = /[^\p{L}\p{N}_]+/u

/**
 * Finds the vocabulary's words among a text's tokens, special tokens included: by itself, as a stem, or by its stem.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/utils/vocab_resolver.py `resolve_tokens`
 */
export function resolveWords(pieces: readonly string[], vocabulary: MinicoilVocabulary): ResolvedWords {
  const numbers = new Uint32Array(pieces.length)
  const known = new Map<string, CountedWord>()
  const others = new Map<string, CountedWord>()
  for (const { word, positions } of joinPieces(pieces, CONTINUATION)) {
    const entry = findWord(word, vocabulary)
    const number = entry === undefined ? 0 : vocabulary.words.get(entry)!
    for (const position of positions) numbers[position] = number
    countWord(entry === undefined ? others : known, entry ?? word, number, 1)
  }
  // a stopword of the text that is also the word of some other word's stem takes that one's place
  const words = new Map([...known.values()].sort((a, b) => a.number - b.number).map((word) => [word.word, word]))
  for (const other of others.values()) words.set(other.word, other)
  return { numbers, words: [...words.values()] }
}

/**
 * Reads the words outside the vocabulary as BM25 does: cut at what is no letter or number, stemmed, without stopwords,
 * punctuation and what is longer than 40 characters. Words of the vocabulary stay as they are.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/utils/sparse_vectors_converter.py `clean_words`
 */
export function cleanWords(words: readonly CountedWord[], { stopwords, stem }: MinicoilVocabulary): CountedWord[] {
  const isUnwanted = (word: string): boolean =>
    stopwords.has(word) || SPECIAL_TOKENS.has(word) || PUNCTUATION.test(word)
  const cleaned = new Map<string, CountedWord>()
  for (const { word, number, count } of words) {
    if (number > 0) {
      cleaned.set(word, { word, number, count })
      continue
    }
    if (isUnwanted(word)) continue
    for (const part of word.split(NON_WORD)) {
      if (part === '') continue
      const term = stem(part)
      if (countCodePoints(term) <= TOKEN_MAX_LENGTH && !isUnwanted(term)) countWord(cleaned, term, 0, count)
    }
  }
  return [...cleaned.values()]
}

function findWord(word: string, { words, wordOfStem, stopwords, stem }: MinicoilVocabulary): string | undefined {
  if (stopwords.has(word)) return undefined
  return words.has(word) ? word : (wordOfStem.get(word) ?? wordOfStem.get(stem(word)))
}

function countWord(words: Map<string, CountedWord>, word: string, number: number, count: number): void {
  const known = words.get(word)
  if (known === undefined) words.set(word, { word, number, count })
  else known.count += count
}
