import { InputError, optionError } from '../../errors.js'
import { isIterable, requireChoice, requireCount } from '../../options.js'
import { foldToAscii } from '../../tokenizers/words/ascii-folding.js'
import { SEGMENTERS, segmentUnspaced, UNSPACED_LANGUAGES } from '../../tokenizers/words/segmented-words.js'
import { loadStemmer, type Stem } from '../../tokenizers/words/stemmer.js'
import { lowercaseStopwords, readStopwords } from '../../tokenizers/words/stopwords.js'
import { countCodePoints, fastEmbedWords } from '../../tokenizers/words/words.js'
import type { Bm25Analyzer } from './bm25-analyzer.js'
import { type FastEmbedBm25Options, type OwnStemmer, requireOption, segmenterOf } from './bm25-options.js'

/**
 * The analysis of FastEmbed's `Qdrant/bm25`: words, stopwords, length, stem, in this order.
 * @throws InputError `INVALID_OPTION`, `UNKNOWN_LANGUAGE`
 * @throws ModelError `MODEL_FILE_MISSING` if the language's stopwords are not there
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/bm25.py
 */
export async function createFastEmbedAnalyzer(options: FastEmbedBm25Options): Promise<Bm25Analyzer> {
  const { tokenMaxLength = 40, normalize, icu } = options
  requireCount('BM25', 'tokenMaxLength', tokenMaxLength, 0)
  requireChoice('BM25', 'normalize', normalize, ['nfc'])
  requireChoice('BM25', 'segmenter', options.segmenter, SEGMENTERS)
  requireOption(icu === undefined || typeof icu === 'string', 'icu', 'a version', icu)
  requireChoice('BM25', 'disableStemmer', options.disableStemmer, [true, false])
  const prepare = preparation(options)
  const stem = await resolveStemmer(options)
  const stopwords = new Set(Array.from(await resolveStopwords(options), prepare))
  const segmenter = segmenterOf(options)
  const cutter = segmenter === undefined ? fastEmbedWords : segmentUnspaced(fastEmbedWords, segmenter)

  return {
    precision: 'float64',
    cutter: { ascii: cutter.ascii, spaceOut: (text) => cutter.spaceOut(prepare(text)) },
    termOf(word) {
      // Of FastEmbed's set of punctuation only this one is ever a word.
      if (word === '_' || stopwords.has(word)) return null
      if (word.length > tokenMaxLength && countCodePoints(word) > tokenMaxLength) return null
      const term = stem === null ? word : stem(word)
      return term === '' ? null : term
    },
  }
}

/** What is done to a text, and to stopwords, before anything else. */
function preparation({ normalize, asciiFolding = false }: FastEmbedBm25Options): (text: string) => string {
  const compose = (text: string): string => (normalize === 'nfc' ? text.normalize('NFC') : text)
  return asciiFolding ? (text) => foldToAscii(compose(text)) : compose
}

async function resolveStemmer(options: FastEmbedBm25Options): Promise<Stem | null> {
  const { stemmer, disableStemmer = false, language = 'english' } = options
  if (stemmer === undefined)
    return disableStemmer || UNSPACED_LANGUAGES.includes(language) ? null : loadStemmer(language)
  if (disableStemmer) {
    throw optionError('BM25: expected either stemmer or disableStemmer, got both. Leave one out.')
  }
  return callOwnStemmer(stemmer)
}

function callOwnStemmer(stemmer: OwnStemmer): Stem {
  const isObject = typeof stemmer === 'object' && stemmer !== null && typeof stemmer.stemWord === 'function'
  requireOption(typeof stemmer === 'function' || isObject, 'stemmer', 'a function or have stemWord()', stemmer)
  return (word) => {
    const stem: unknown = typeof stemmer === 'function' ? stemmer(word) : stemmer.stemWord(word)
    if (typeof stem === 'string') return stem
    throw new InputError(
      'INVALID_STEM',
      `BM25: expected the stemmer to give a string for "${word}", got ${typeof stem}.`,
    )
  }
}

async function resolveStopwords(options: FastEmbedBm25Options): Promise<ReadonlySet<string>> {
  const { stopwords, disableStemmer = false, language = 'english', stopwordsFolder } = options
  if (stopwords === undefined)
    return disableStemmer || UNSPACED_LANGUAGES.includes(language)
      ? new Set()
      : readStopwords(stopwordsFolder, language)
  const isSet = isIterable(stopwords) && Symbol.iterator in stopwords
  requireOption(isSet, 'stopwords', 'a list or a set of words', stopwords)
  const words = [...stopwords]
  for (const word of words) requireOption(typeof word === 'string', 'stopwords', 'a list or a set of words', word)
  return lowercaseStopwords(words)
}
