import { createRequire } from 'node:module'
import type Snowball from 'snowball-stemmers'
import { InputError } from '../../errors.js'
import { stemGreek } from './greek-stemmer.js'
import { UNSPACED_LANGUAGES } from './segmented-words.js'

/** From a lowercase word to its stem; an empty stem drops the word. */
export type Stem = (word: string) => string

/** The languages of FastEmbed's BM25. */
export const STEMMER_LANGUAGES = [
  'arabic',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hungarian',
  'italian',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
] as const

type StemmerLanguage = (typeof STEMMER_LANGUAGES)[number]

function isStemmerLanguage(language: string): language is StemmerLanguage {
  return (STEMMER_LANGUAGES as readonly string[]).includes(language)
}

/**
 * The Snowball stemmer of a language, word for word that of crate rust-stemmers 1.2 (FastEmbed's py_rust_stemmers).
 * Later Snowball releases stem Dutch, English, French, Romanian, Russian and Swedish otherwise: do not update.
 * @throws InputError `UNKNOWN_LANGUAGE`
 */
export async function loadStemmer(language: string): Promise<Stem> {
  if (!isStemmerLanguage(language)) {
    throw new InputError(
      'UNKNOWN_LANGUAGE',
      `No stemmer for language "${language}"; expected one of ${STEMMER_LANGUAGES.join(', ')}, or ${UNSPACED_LANGUAGES.join(', ')}, which need none. ` +
        'Pass a stemmer of your own, or turn stemming off.',
    )
  }
  if (language === 'greek') return stemGreek
  // 870 KB of source that only stemming needs; `import()` would also read all of it for its exports
  const { newStemmer } = createRequire(import.meta.url)('snowball-stemmers') as typeof Snowball
  const stemmer = newStemmer(language)
  const stem: Stem =
    language === 'dutch' ? (word) => stemDutch((found) => stemmer.stem(found), word) : (word) => stemmer.stem(word)
  return (word) => stemByCodePoint(stem, word)
}

/** A vowel and what is none: the first region of the word begins behind them. `y` behind a vowel is none, nor is `i` between two. */
const EARLY_REGION = /^[aeiouè](?:[^aeiouyè]|y|i(?=[aeiouyè]))/
const ACCENTS = new Map([...'äáëéïíöóüú'].map((letter, i) => [letter, 'aaeeiioouu'[i]!]))

/**
 * The original begins the first region at byte 3 at the earliest, the stemmer here at character 3: behind `èr` or `añ`,
 * of two characters and three bytes, it has to begin at once. A consonant in front makes three characters of them.
 */
function stemDutch(stem: Stem, word: string): string {
  const plain = word.replace(/[äáëéïíöóüú]/g, (letter) => ACCENTS.get(letter)!)
  const early = EARLY_REGION.exec(plain)?.[0]
  if (early === undefined || Buffer.byteLength(early) < 3) return stem(word)
  return stem(`b${word}`).slice(1)
}

/** Characters that take two UTF-16 units, and those that stand in for them. */
const ASTRAL_OR_PRIVATE = /[\u{10000}-\u{10ffff}\ue000-\uf8ff]/gu
const PRIVATE = /[\ue000-\uf8ff]/g
const FIRST_PRIVATE = 0xe000
const PRIVATE_COUNT = 6400

/**
 * The stemmer counts UTF-16 units where the original counts characters: it gets one private unit for each astral
 * character, the same for the same.
 */
function stemByCodePoint(stem: Stem, word: string): string {
  const found = word.match(ASTRAL_OR_PRIVATE)
  if (found === null) return stem(word)
  const astral = [...new Set(found)]
  if (astral.length > PRIVATE_COUNT) return stem(word)
  const units = new Map(astral.map((character, i) => [character, String.fromCharCode(FIRST_PRIVATE + i)]))
  const masked = word.replace(ASTRAL_OR_PRIVATE, (character) => units.get(character)!)
  return stem(masked).replace(PRIVATE, (unit) => astral[unit.charCodeAt(0) - FIRST_PRIVATE]!)
}
