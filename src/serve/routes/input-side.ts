import type { Side } from '../../encoders/encoder.js'
import { shown } from '../../options.js'
import { invalidRequest } from './body-fields.js'

/** What APIs call the sides of a search, and what is on neither. */
const SIDES: Readonly<Record<string, Side | null>> = {
  query: 'query',
  search_query: 'query',
  'retrieval.query': 'query',
  passage: 'document',
  document: 'document',
  search_document: 'document',
  'retrieval.passage': 'document',
  classification: null,
  clustering: null,
  separation: null,
  'text-matching': null,
}

/** The names of sides that a field may have. */
export const SIDE_NAMES = Object.keys(SIDES)

/**
 * The side of a request's texts, by the name that its API has for it; null where it says none.
 * @throws InputError `INVALID_REQUEST`
 */
export function readSide(value: unknown, field: string): Side | null {
  if (value === undefined) return null
  if (typeof value === 'string' && Object.hasOwn(SIDES, value.toLowerCase())) return SIDES[value.toLowerCase()]!
  throw invalidRequest(`${field}: expected one of ${SIDE_NAMES.join(', ')}, got ${shown(value)}`)
}
