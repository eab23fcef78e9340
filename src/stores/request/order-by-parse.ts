import { isMissing, isObject } from '../../options.js'
import { parseDatetime } from './datetime.js'
import { type PayloadPath, parsePath } from './payload-path.js'
import { malformed } from './refusal.js'

/** The payload value by which points are ordered. */
export interface OrderBy {
  readonly path: PayloadPath
  readonly isDescending: boolean
  /** Values before it are left out; a datetime in microseconds since 1970. */
  readonly startFrom: number | null
}

/** @throws StoreError `REQUEST_REFUSED` */
export function parseOrderBy(value: unknown): OrderBy {
  if (typeof value === 'string') return { path: parsePath(value), isDescending: false, startFrom: null }
  if (!isObject(value)) throw notAnOrder()
  const { key, direction, start_from: startFrom } = value
  if (!isMissing(direction) && direction !== 'asc' && direction !== 'desc') throw notAnOrder()
  return { path: parsePath(key), isDescending: direction === 'desc', startFrom: parseStart(startFrom) }
}

function parseStart(value: unknown): number | null {
  if (isMissing(value)) return null
  if (typeof value === 'number') return value
  const time = typeof value === 'string' ? parseDatetime(value) : null
  if (time === null) throw notAnOrder()
  return time
}

function notAnOrder(): Error {
  return malformed('Expected a string, or an object with a key, direction and/or start_from')
}
