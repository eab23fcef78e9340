import { ModelError } from '../../errors.js'
import { given } from '../../options.js'
import type { ColbertSettings } from './colbert-settings.js'

/** What a published ColBERT checkpoint says of itself; what it does not say is absent. */
export interface ColbertMetadata {
  /** Floats per row. */
  readonly dimension?: number
  /** Where documents are cut, marker and special tokens included. */
  readonly documentTokens?: number
  readonly settings: Partial<ColbertSettings>
}

type Kind = 'text' | 'count' | 'flag'

const KINDS: Readonly<Record<Kind, [expected: string, isValid: (value: unknown) => boolean]>> = {
  text: ['a string', (value) => typeof value === 'string' && value !== ''],
  count: ['a positive whole number', (value) => Number.isSafeInteger(value) && (value as number) > 0],
  flag: ['true or false', (value) => typeof value === 'boolean'],
}

/** Names of settings in the file and in a manifest entry. */
const SETTINGS: readonly [key: string, setting: keyof ColbertSettings, kind: Kind][] = [
  ['query_token_id', 'queryMarker', 'text'],
  ['doc_token_id', 'documentMarker', 'text'],
  ['query_maxlen', 'queryTokens', 'count'],
  ['attend_to_mask_tokens', 'attendToMaskTokens', 'flag'],
  ['mask_punctuation', 'skipPunctuation', 'flag'],
]

/** Rows have unit length, so the order by either is the same. */
const SIMILARITIES: readonly unknown[] = ['cosine', 'l2']

/**
 * What `artifact.metadata` says, which Stanford's ColBERT writes beside a checkpoint; null counts as absent.
 * @param path for messages
 * @throws ModelError `MODEL_FILE_CORRUPT` if a setting has another form; `CHECKPOINT_UNSUPPORTED` for another similarity
 * @see https://github.com/stanford-futuredata/ColBERT/blob/main/colbert/infra/config/settings.py
 */
export function parseColbertMetadata(fields: Readonly<Record<string, unknown>>, path: string): ColbertMetadata {
  const similarity = fields.similarity ?? 'cosine'
  if (!SIMILARITIES.includes(similarity)) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${path}: expected similarity ${SIMILARITIES.join(' or ')}, got ${JSON.stringify(similarity)}.`,
    )
  }
  const read = (key: string, kind: Kind): unknown => {
    const value = fields[key] ?? undefined
    const [expected, isValid] = KINDS[kind]
    if (value === undefined || isValid(value)) return value
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${path}: expected ${key} as ${expected}, got ${JSON.stringify(value)}. Put the original file back.`,
    )
  }
  const settings = SETTINGS.map(([key, setting, kind]) => [setting, read(key, kind)] as const)
  const dimension = read('dim', 'count') as number | undefined
  const documentTokens = read('doc_maxlen', 'count') as number | undefined
  return {
    settings: Object.fromEntries(settings.filter(([, value]) => value !== undefined)),
    ...given({ dimension, documentTokens }),
  }
}
