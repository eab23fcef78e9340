import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'

export const COLBERT_METADATA_FILE = 'artifact.metadata'

/** What a published ColBERT checkpoint says of itself; what it does not say is absent. */
export interface ColbertMetadata {
  /** Floats per row. */
  readonly dimension?: number
  /** Where documents are cut, marker and special tokens included. */
  readonly documentTokens?: number
  /** `settings` of a manifest entry, as the ColBERT encoder reads them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

/** Names of settings in the file and in a manifest entry, with their kind. */
const SETTINGS: readonly [key: string, setting: string, kind: 'string' | 'number' | 'boolean'][] = [
  ['query_token_id', 'queryMarker', 'string'],
  ['doc_token_id', 'documentMarker', 'string'],
  ['query_maxlen', 'queryTokens', 'number'],
  ['attend_to_mask_tokens', 'attendToMaskTokens', 'boolean'],
  ['mask_punctuation', 'skipPunctuation', 'boolean'],
]

/** Rows have unit length, so the order by either is the same. */
const SIMILARITIES = ['cosine', 'l2']

/**
 * Reads `artifact.metadata`, the settings that Stanford's ColBERT writes beside a checkpoint; null where there is none.
 * @throws ModelError `MODEL_FILE_CORRUPT` if a setting has another form; `CHECKPOINT_UNSUPPORTED` for another similarity
 * @see https://github.com/stanford-futuredata/ColBERT/blob/main/colbert/infra/config/settings.py
 */
export async function readColbertMetadata(folder: string): Promise<ColbertMetadata | null> {
  const path = join(folder, COLBERT_METADATA_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new ModelError('MODEL_FILE_MISSING', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  const fields = parseObject(path, text)
  const { similarity = 'cosine' } = fields
  if (!SIMILARITIES.includes(similarity as string)) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${path}: expected similarity ${SIMILARITIES.join(' or ')}, got ${JSON.stringify(similarity)}.`,
    )
  }
  const settings: Record<string, string | number | boolean> = {}
  for (const [key, setting, kind] of SETTINGS) {
    const value = readField(path, fields, key, kind)
    if (value !== undefined) settings[setting] = value
  }
  const dimension = readField(path, fields, 'dim', 'number') as number | undefined
  const documentTokens = readField(path, fields, 'doc_maxlen', 'number') as number | undefined
  return {
    settings,
    ...(dimension !== undefined && { dimension }),
    ...(documentTokens !== undefined && { documentTokens }),
  }
}

function parseObject(path: string, text: string): Readonly<Record<string, unknown>> {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (cause) {
    throw new ModelError('MODEL_FILE_CORRUPT', `${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>
  throw new ModelError('MODEL_FILE_CORRUPT', `${path}: expected a JSON object of settings.`)
}

/** A setting of the file; absent and null are the same, numbers are whole and positive. */
function readField(
  path: string,
  fields: Readonly<Record<string, unknown>>,
  key: string,
  kind: 'string' | 'number' | 'boolean',
): string | number | boolean | undefined {
  const value = fields[key] ?? undefined
  if (value === undefined) return undefined
  const isNumber = kind === 'number'
  if (typeof value !== kind || value === '' || (isNumber && !(Number.isSafeInteger(value) && (value as number) > 0))) {
    const expected = isNumber ? 'a positive whole number' : `a ${kind}`
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${path}: expected ${key} as ${expected}, got ${JSON.stringify(value)}. Put the original file back.`,
    )
  }
  return value as string | number | boolean
}
