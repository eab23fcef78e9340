import { join } from 'node:path'
import type { QdrantBm25Options } from '../../../encoders/bm25/bm25-options.js'
import { createQdrantAnalyzer } from '../../../encoders/bm25/bm25-qdrant-analyzer.js'
import { BUNDLED_MODELS_FOLDER } from '../../../onnx/models-folders.js'
import { cutWords } from '../../../tokenizers/words/word-cutter.js'
import type { Match } from '../../request/field-check.js'
import type { IndexType } from './payload-index.js'

/** How a text index cuts texts into tokens, and what its conditions match. */
export interface TextAnalyzer {
  /** Whether the texts of a field satisfy a condition; null where the condition is none of texts. */
  matches(match: Match, values: readonly unknown[]): boolean | null
}

const DEFAULT_LEAST_PREFIX = 1
const STOPWORDS_FOLDER = join(BUNDLED_MODELS_FOLDER, 'bm25')

/**
 * The analysis of a payload index of type `text`: `text` needs all tokens, `text_any` one of them, `phrase` all in a row.
 * A condition without tokens matches nothing.
 * `multilingual` cuts as `word` does, and scripts without spaces not at all, where the server has dictionaries.
 * @throws InputError `INVALID_OPTION`, `UNKNOWN_LANGUAGE`
 */
export async function createTextAnalyzer({ params }: IndexType): Promise<TextAnalyzer> {
  const schema = (params ?? {}) as Record<string, never>
  const isPrefix = schema.tokenizer === 'prefix'
  const options: Record<string, unknown> = {
    dialect: 'qdrant',
    tokenizer: schema.tokenizer === 'whitespace' ? 'whitespace' : 'word',
    lowercase: schema.lowercase ?? true,
    asciiFolding: schema.ascii_folding ?? false,
    language: 'none',
    stopwords: schema.stopwords ?? undefined,
    stemmer: schema.stemmer ?? undefined,
    stopwordsFolder: STOPWORDS_FOLDER,
    minTokenLen: isPrefix ? undefined : (schema.min_token_len ?? undefined),
    maxTokenLen: isPrefix ? undefined : (schema.max_token_len ?? undefined),
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const { cutter, termOf } = await createQdrantAnalyzer(Object.fromEntries(given) as unknown as QdrantBm25Options)
  const isMultilingual = schema.tokenizer === 'multilingual'
  const termsOf = (text: string) => {
    const words = isMultilingual ? multilingualWords(cutWords(cutter, text)) : cutWords(cutter, text)
    return words.flatMap((word) => termOf(word) ?? [])
  }
  const least = schema.min_token_len ?? DEFAULT_LEAST_PREFIX
  const longest = schema.max_token_len ?? Number.POSITIVE_INFINITY
  return {
    matches(match, values) {
      if (match.kind !== 'text' && match.kind !== 'textAny' && match.kind !== 'phrase') return null
      const terms = termsOf(match.text)
      const wanted = isPrefix ? terms.map((term) => [...term].slice(0, longest).join('')) : terms
      if (wanted.length === 0) return false
      const texts = values.filter((value) => typeof value === 'string').map(termsOf)
      const tokens = new Set(isPrefix ? texts.flat().flatMap((term) => prefixesOf(term, least, longest)) : texts.flat())
      if (match.kind === 'textAny') return wanted.some((token) => tokens.has(token))
      const hasAll = wanted.every((token) => tokens.has(token))
      if (match.kind === 'text') return hasAll
      return hasAll && schema.phrase_matching === true && texts.some((text) => holdsInRow(text, wanted))
    },
  }
}

/**
 * As the server's normalizer leaves words, whatever the index says of case and accents; what holds no letter is no word.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/index/field_index/full_text_index/tokenizers/multilingual.rs
 */
function multilingualWords(words: readonly string[]): string[] {
  return words
    .filter((word) => /\p{Alphabetic}/u.test(word))
    .map((word) =>
      word
        .normalize('NFKD')
        .replace(/\p{Mn}/gu, '')
        .toLowerCase(),
    )
}

function prefixesOf(term: string, least: number, longest: number): string[] {
  const characters = [...term]
  const prefixes: string[] = []
  for (let length = least; length <= Math.min(longest, characters.length); length++) {
    prefixes.push(characters.slice(0, length).join(''))
  }
  return prefixes
}

function holdsInRow(text: readonly string[], wanted: readonly string[]): boolean {
  return text.some((_, start) => wanted.every((token, i) => text[start + i] === token))
}
