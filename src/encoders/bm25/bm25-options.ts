import { invalidOption } from '../../options.js'
import { type Segmenter, UNSPACED_LANGUAGES } from '../../tokenizers/words/segmented-words.js'
import type { Stem } from '../../tokenizers/words/stemmer.js'
import type { Bm25Parameters } from './bm25-weight.js'

/** Options that both dialects have. */
interface SharedBm25Options {
  /** Saturation of the term frequency, ≥ 0. @default 1.2 */
  readonly k?: number
  /** Weight of the document's length, 0 … 1. @default 0.75 */
  readonly b?: number
  /** Mean length of the corpus in terms, > 0; see `fitAvgLen`. @default 256 */
  readonly avgLen?: number
  /** Language of stemmer and stopwords. @default 'english' */
  readonly language?: string
  /** Folder of the stopword lists `<language>.txt`; needed wherever such a list is. */
  readonly stopwordsFolder?: string
  /** Replaces accented letters and other symbols by ASCII, as Lucene does. @default false */
  readonly asciiFolding?: boolean
  /** `sorted`: indices ascending. `fastembed`: by first occurrence, as FastEmbed emits them. @default 'sorted' */
  readonly order?: 'sorted' | 'fastembed'
}

/** An own stemmer: gets lowercase words after the filters; an empty stem drops the word. Must be pure. */
export type OwnStemmer = Stem | { stemWord(word: string): string }

/** FastEmbed's BM25 number for number, and what goes beyond it (all off by default). */
export interface FastEmbedBm25Options extends SharedBm25Options {
  /** @default 'fastembed' */
  readonly dialect?: 'fastembed'
  /** Words of more code points are dropped, before stemming. @default 40 */
  readonly tokenMaxLength?: number
  /** No stemming and no stopwords but those given in `stopwords`. @default false */
  readonly disableStemmer?: boolean
  /** In place of the language's stemmer; with it `language` only names the stopword list. */
  readonly stemmer?: OwnStemmer
  /** In place of the language's list; lowercased; empty for no filter. */
  readonly stopwords?: Iterable<string>
  /** Composes accents first: decomposed accents cut words otherwise. @default no normalization */
  readonly normalize?: 'nfc'
  /**
   * Cuts scripts without spaces (Chinese, Japanese, Thai, …): `ngrams` into pairs of neighbouring characters (threes in Thai, Lao, Khmer and
   * Burmese), the same everywhere, `intl` by
   * `Intl.Segmenter`'s dictionary. @default 'ngrams' for the languages chinese, japanese and thai, else none
   */
  readonly segmenter?: Segmenter
  /** Version of the ICU whose dictionary cut the texts, in recipes: what cuts is always the ICU of this Node. @default this Node's */
  readonly icu?: string
}

/** What a Qdrant server computes for `model: "Qdrant/bm25"`; the option names are the server's in camelCase. */
export interface QdrantBm25Options extends SharedBm25Options {
  readonly dialect: 'qdrant'
  /** `prefix` and `multilingual` cannot be computed exactly and are refused. @default 'word' */
  readonly tokenizer?: 'word' | 'whitespace' | 'prefix' | 'multilingual'
  /** @default true */
  readonly lowercase?: boolean
  /** A language's list, or several and own words. @default the list of `language` */
  readonly stopwords?: string | { readonly languages?: readonly string[]; readonly custom?: readonly string[] }
  /** @default the stemmer of `language` */
  readonly stemmer?: { readonly type: 'snowball'; readonly language: string } | { readonly type: 'none' }
  /** Terms of fewer code points are dropped, after stemming. @default no limit */
  readonly minTokenLen?: number
  /** Terms of more code points are dropped, after stemming. @default no limit */
  readonly maxTokenLen?: number
}

/** Options of BM25 in one of its two dialects: FastEmbed's, or the Qdrant server's. */
export type Bm25Options = FastEmbedBm25Options | QdrantBm25Options

const SHARED = ['dialect', 'k', 'b', 'avgLen', 'language', 'stopwordsFolder', 'asciiFolding', 'order'] as const

/** Names of the options of each dialect. */
export const BM25_OPTION_NAMES = {
  fastembed: [...SHARED, 'tokenMaxLength', 'disableStemmer', 'stemmer', 'stopwords', 'normalize', 'segmenter', 'icu'],
  qdrant: [...SHARED, 'tokenizer', 'lowercase', 'stopwords', 'stemmer', 'minTokenLen', 'maxTokenLen'],
} as const

/** How scripts without spaces are cut; undefined where they are not. */
export function segmenterOf({ segmenter, language = 'english' }: FastEmbedBm25Options): Segmenter | undefined {
  return segmenter ?? (UNSPACED_LANGUAGES.includes(language) ? 'ngrams' : undefined)
}

/** @throws InputError `INVALID_OPTION` if a parameter is outside its range */
export function resolveParameters(options: Bm25Options): Bm25Parameters {
  const { k = 1.2, b = 0.75, avgLen = 256 } = options
  requireOption(Number.isFinite(k) && k >= 0, 'k', 'a number ≥ 0', k)
  requireOption(Number.isFinite(b) && b >= 0 && b <= 1, 'b', 'a number from 0 to 1', b)
  requireOption(Number.isFinite(avgLen) && avgLen > 0, 'avgLen', 'a number > 0', avgLen)
  return { k, b, avgLen }
}

/** @throws InputError `INVALID_OPTION` unless `holds` */
export function requireOption(holds: boolean, name: string, expected: string, got: unknown): void {
  if (!holds) throw invalidOption('BM25', name, expected, got)
}
