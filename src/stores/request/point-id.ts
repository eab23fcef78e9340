import type { PointId } from '../../document.js'
import { shown } from '../../options.js'
import { parseUuid } from '../../parse-uuid.js'
import { malformed } from './refusal.js'

/**
 * A point's id in canonical form: an unsigned integer up to 2^53 − 1, or a UUID in lower case with hyphens.
 * UUIDs may come without hyphens, in braces or as a URN. Larger integers, which a JavaScript number cannot hold, are refused.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parsePointId(value: unknown): PointId {
  const id = toPointId(value)
  if (id !== null) return id
  const text = typeof value === 'string' ? value : shown(value)
  throw malformed(`value ${text} is not a valid point ID, valid values are either an unsigned integer or a UUID`)
}

/** Likewise, null where it is none. */
export function toPointId(value: unknown): PointId | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  if (typeof value === 'bigint') return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null
  return typeof value === 'string' ? parseUuid(value) : null
}

/** @throws StoreError `REQUEST_REFUSED` */
export function parsePointIds(value: unknown): PointId[] {
  if (!Array.isArray(value)) throw malformed('expected a list of point ids')
  return value.map(parsePointId)
}

export function isPointId(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
}

/** Order of ids: integers by value, then UUIDs by their bytes. */
export function compareIds(a: PointId, b: PointId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  return a < b ? -1 : a > b ? 1 : 0
}
