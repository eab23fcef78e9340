import { shown } from '../../options.js'
import type { DenseRequest } from '../models/embed-dense.js'
import { invalidRequest } from './body-fields.js'

type Cut = NonNullable<DenseRequest['cut']>

const CUTS: Readonly<Record<string, Cut>> = { none: 'refuse', start: 'start', left: 'start', end: 'end', right: 'end' }

/**
 * What becomes of texts that are too long, as APIs say it: `true`, `false`, or which end is cut, in any case. Where it is not said, they are cut
 * at their end.
 * @throws InputError `INVALID_REQUEST`
 */
export function readCut(value: unknown, field: string): Cut {
  if (value === undefined || value === true) return 'end'
  if (value === false) return 'refuse'
  if (typeof value === 'string' && Object.hasOwn(CUTS, value.toLowerCase())) return CUTS[value.toLowerCase()]!
  throw invalidRequest(`${field}: expected true, false, NONE, START or END, got ${shown(value)}`)
}
