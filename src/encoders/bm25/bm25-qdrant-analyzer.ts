import { InputError } from '../../errors.js'
import { requireChoice, requireCount } from '../../options.js'
import { foldToAscii } from '../../tokenizers/words/ascii-folding.js'
import { alphanumericWords, whitespaceWords } from '../../tokenizers/words/server-words.js'
import { loadStemmer, type Stem } from '../../tokenizers/words/stemmer.js'
import { lowercaseStopwords, readStopwords } from '../../tokenizers/words/stopwords.js'
import { countCodePoints } from '../../tokenizers/words/words.js'
import type { Bm25Analyzer } from './bm25-analyzer.js'
import { type QdrantBm25Options, requireOption } from './bm25-options.js'

/** The server's codes of the languages that it has stopwords for and we too. */
const LANGUAGE_OF_CODE: ReadonlyMap<string, string> = new Map([
  ['ar', 'arabic'],
  ['da', 'danish'],
  ['nl', 'dutch'],
  ['en', 'english'],
  ['fi', 'finnish'],
  ['fr', 'french'],
  ['de', 'german'],
  ['el', 'greek'],
  ['hu', 'hungarian'],
  ['it', 'italian'],
  ['no', 'norwegian'],
  ['pt', 'portuguese'],
  ['ro', 'romanian'],
  ['ru', 'russian'],
  ['es', 'spanish'],
  ['sv', 'swedish'],
  ['tr', 'turkish'],
])

/** Languages whose stopwords only the server has; it has no stemmer for them. */
const SERVER_ONLY_LANGUAGES: readonly string[] = [
  ...['azerbaijani', 'basque', 'bengali', 'catalan', 'chinese', 'hebrew', 'hinglish', 'indonesian'],
  ...['japanese', 'kazakh', 'nepali', 'slovene', 'tajik'],
  ...['az', 'eu', 'bn', 'ca', 'zh', 'he', 'hi-en', 'id', 'kk', 'ne', 'sl', 'tg'],
]

/**
 * The analysis of a Qdrant server's own BM25 inference: words, folding, lower case, stopwords, stem, length, in this order.
 * An empty stem stays a term here (its id is 0). The server multiplies and adds in one rounding; after rounding to
 * float32 that never showed (none of 1.2 million pairs of count and length at the default parameters).
 * @throws InputError `INVALID_OPTION`, `UNKNOWN_LANGUAGE`, `UNSUPPORTED_TOKENIZER`
 * @throws ModelError `MODEL_FILE_MISSING` if a language's stopwords are not there
 * @see https://github.com/qdrant/qdrant `src/common/inference/bm25_inference.rs`, `tokens_processor.rs`
 */
export async function createQdrantAnalyzer(options: QdrantBm25Options): Promise<Bm25Analyzer> {
  const { tokenizer = 'word', lowercase = true, asciiFolding = false, minTokenLen = 0, maxTokenLen } = options
  requireChoice('BM25', 'tokenizer', tokenizer, ['word', 'whitespace', 'prefix', 'multilingual'])
  requireChoice('BM25', 'lowercase', lowercase, [true, false])
  requireCount('BM25', 'minTokenLen', minTokenLen, 0)
  requireCount('BM25', 'maxTokenLen', maxTokenLen, 0)
  if (tokenizer === 'prefix' || tokenizer === 'multilingual') {
    const reason =
      tokenizer === 'prefix' ? 'releases of the server differ in it' : 'it needs the dictionaries of charabia'
    throw new InputError(
      'UNSUPPORTED_TOKENIZER',
      `BM25: expected tokenizer "word" or "whitespace", got "${tokenizer}", which cannot be computed exactly here ` +
        `(${reason}). Let the server embed these texts.`,
    )
  }
  const stem = await resolveStemmer(options)
  const stopwords = await resolveStopwords(options)

  return {
    precision: 'float32',
    cutter: tokenizer === 'whitespace' ? whitespaceWords : alphanumericWords,
    termOf(word) {
      const folded = asciiFolding ? foldToAscii(word) : word
      const written = lowercase ? folded.toLowerCase() : folded
      if (stopwords.has(written)) return null
      const term = stem === null ? written : stem(written)
      const length = countCodePoints(term)
      return length < minTokenLen || (maxTokenLen !== undefined && length > maxTokenLen) ? null : term
    },
  }
}

async function resolveStemmer({ stemmer, language = 'english' }: QdrantBm25Options): Promise<Stem | null> {
  if (stemmer === undefined) {
    const known = languageOf(language)
    return known === undefined ? null : loadStemmer(known)
  }
  requireOption(typeof stemmer === 'object' && stemmer !== null, 'stemmer', 'an object with a type', stemmer)
  requireChoice('BM25', 'stemmer.type', stemmer.type ?? null, ['snowball', 'none'])
  if (stemmer.type === 'none') return null
  return loadStemmer(languageOf(stemmer.language) ?? (stemmer.language === 'ta' ? 'tamil' : stemmer.language))
}

async function resolveStopwords(options: QdrantBm25Options): Promise<ReadonlySet<string>> {
  const { stopwords, language = 'english', lowercase = true, stopwordsFolder } = options
  if (stopwords === undefined) return readServerStopwords(stopwordsFolder, language)
  if (typeof stopwords === 'string') return readServerStopwords(stopwordsFolder, stopwords)
  requireStopwords(stopwords)
  const { languages = [], custom = [] } = stopwords
  const lists = await Promise.all(languages.map((each) => readServerStopwords(stopwordsFolder, each)))
  return new Set([...lists.flatMap((list) => [...list]), ...(lowercase ? lowercaseStopwords(custom) : custom)])
}

/** @throws InputError `INVALID_OPTION` for a list of words, which is FastEmbed's form, or anything else that would be no stopwords */
function requireStopwords(stopwords: unknown): void {
  const isWords = (value: unknown) => Array.isArray(value) && value.every((word) => typeof word === 'string')
  const isObject = typeof stopwords === 'object' && stopwords !== null && !(Symbol.iterator in stopwords)
  const fields = isObject ? Object.entries(stopwords) : []
  const holds = isObject && fields.every(([name, value]) => ['languages', 'custom'].includes(name) && isWords(value))
  requireOption(holds, 'stopwords', 'a language or { languages: [...], custom: [...] }', stopwords)
}

/** A language that the server does not know means no stopwords, as there. */
async function readServerStopwords(folder: string | undefined, language: string): Promise<ReadonlySet<string>> {
  if (SERVER_ONLY_LANGUAGES.includes(language)) {
    throw new InputError(
      'UNKNOWN_LANGUAGE',
      `BM25: only the server has stopwords for "${language}". Pass them as stopwords: { custom: [...] }.`,
    )
  }
  const known = languageOf(language)
  return known === undefined ? new Set() : readStopwords(folder, known)
}

function languageOf(name: string): string | undefined {
  return LANGUAGE_OF_CODE.get(name) ?? [...LANGUAGE_OF_CODE.values()].find((language) => language === name)
}
