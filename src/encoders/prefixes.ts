import { optionError } from '../errors.js'
import type { ModelEntry } from '../onnx/manifest.js'
import { shown } from '../options.js'
import type { Side } from './encoder.js'

/**
 * What is put before a text: what the model was trained with (`model`), nothing (`none`, as FastEmbed does), or words of one's own.
 */
export type Prefixes = 'model' | 'none' | { readonly query?: string; readonly passage?: string }

/**
 * The words before a text on each side.
 * @throws InputError `INVALID_OPTION`
 */
export function resolvePrefixes(prefixes: Prefixes | undefined, entry: ModelEntry): Readonly<Record<Side, string>> {
  if (prefixes === undefined || prefixes === 'none') return { document: '', query: '' }
  if (prefixes === 'model') return { document: entry.passagePrefix ?? '', query: entry.queryPrefix ?? '' }
  const {
    query = '',
    passage = '',
    ...unknown
  } = typeof prefixes === 'object' && prefixes !== null ? prefixes : { none: 0 }
  if (Object.keys(unknown).length > 0 || typeof query !== 'string' || typeof passage !== 'string') {
    throw optionError(`prefixes: expected "model", "none" or { query, passage }, got ${shown(prefixes)}.`)
  }
  return { document: passage, query }
}
