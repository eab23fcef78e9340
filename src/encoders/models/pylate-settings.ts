import { ModelError } from '../../errors.js'
import { isWholeNumber, shown } from '../../options.js'
import type { ColbertSettings } from '../late/colbert-settings.js'
import type { ModelFolder } from './model-folder.js'

const FILE = 'config_sentence_transformers.json'
/** Python's string.punctuation, which PyLate leaves out of documents unless it is told otherwise. */
const PUNCTUATION = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']
const DEFAULT_QUERY_TOKENS = 32

/** Whether a folder is a late-interaction model of PyLate: a transformer and dense layers over its tokens, nothing pooled. */
export function isPylate({ modules }: ModelFolder): boolean {
  const types = modules?.map(({ type }) => String(type).split('.').at(-1)) ?? []
  return types.includes('Dense') && !types.includes('Pooling')
}

/**
 * What PyLate's own settings say of a model, as settings of a ColBERT.
 * @throws ModelError `MODEL_FILE_CORRUPT` if one has another form
 * @see https://github.com/lightonai/pylate/blob/main/pylate/models/colbert.py
 */
export function pylateSettings({ path, sentenceConfig }: ModelFolder): Partial<ColbertSettings> {
  const read = <T>(key: string, expected: string, isValid: (value: unknown) => boolean, fallback: T): T => {
    const value = sentenceConfig?.[key] ?? undefined
    if (value === undefined) return fallback
    if (isValid(value)) return value as T
    throw new ModelError('MODEL_FILE_CORRUPT', `${path}: ${FILE}: expected ${key} as ${expected}, got ${shown(value)}.`)
  }
  const text = (key: string, fallback: string) =>
    read(key, 'a text', (value) => typeof value === 'string' && value !== '', fallback)
  const flag = (key: string, fallback: boolean) =>
    read(key, 'true or false', (value) => typeof value === 'boolean', fallback)
  const isCount = (value: unknown) => isWholeNumber(value, 1)
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((word) => typeof word === 'string')
  const skipped = read<readonly string[]>('skiplist_words', 'a list of texts', isTexts, PUNCTUATION)
  const skipPunctuation = PUNCTUATION.every((symbol) => skipped.includes(symbol))
  return {
    queryMarker: text('query_prefix', '[unused0]'),
    documentMarker: text('document_prefix', '[unused1]'),
    queryTokens: flag('do_query_expansion', true)
      ? read('query_length', 'a whole number from 1', isCount, DEFAULT_QUERY_TOKENS)
      : null,
    attendToMaskTokens: flag('attend_to_expansion_tokens', false),
    skipPunctuation,
    skipTokens: skipped.filter((word) => !skipPunctuation || !PUNCTUATION.includes(word)),
  }
}
