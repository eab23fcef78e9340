import { given } from '../../options.js'
import { lowercaseStopwords } from '../../tokenizers/words/stopwords.js'
import {
  type Bm25Options,
  type FastEmbedBm25Options,
  type QdrantBm25Options,
  resolveParameters,
  segmenterOf,
} from './bm25-options.js'

/** BM25's options with nothing left to a default, in plain data: equal recipes give equal vectors. */
export type Bm25Recipe = Readonly<Record<string, unknown>> & { readonly dialect: 'fastembed' | 'qdrant' }

/** What only the weights of documents depend on; a query has the same vector without. */
const WEIGHTING: readonly string[] = ['k', 'b', 'avgLen']

/**
 * The options of an encoder that can be written down: all but an own stemmer, the folder of stopwords and the order of the indices.
 * @throws InputError `INVALID_OPTION` if a parameter is outside its range
 */
export function resolveBm25Options(options: Bm25Options = {}): Bm25Recipe {
  const { language = 'english', asciiFolding = false } = options
  const shared = { ...resolveParameters(options), language, asciiFolding }
  return options.dialect === 'qdrant'
    ? { dialect: 'qdrant', ...shared, ...resolveQdrant(options) }
    : { dialect: 'fastembed', ...shared, ...resolveFastEmbed(options) }
}

function resolveFastEmbed(options: FastEmbedBm25Options): Record<string, unknown> {
  const { tokenMaxLength = 40, disableStemmer = false, stopwords, normalize, icu = process.versions.icu } = options
  const segmenter = segmenterOf(options)
  return {
    tokenMaxLength,
    disableStemmer,
    ...given({ stopwords: stopwords && [...lowercaseStopwords(stopwords)].sort(), normalize, segmenter }),
    ...(segmenter === 'intl' && { icu }),
  }
}

function resolveQdrant(options: QdrantBm25Options): Record<string, unknown> {
  const { tokenizer = 'word', lowercase = true, stopwords, stemmer, minTokenLen, maxTokenLen } = options
  return { tokenizer, lowercase, ...given({ stopwords, stemmer, minTokenLen, maxTokenLen }) }
}

/** The part of a recipe that decides a query's vector: which terms a text has. */
export function termsOf(recipe: Bm25Recipe): Bm25Recipe {
  return Object.fromEntries(Object.entries(recipe).filter(([name]) => !WEIGHTING.includes(name))) as Bm25Recipe
}
