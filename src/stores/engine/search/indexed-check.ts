import { parseUuid } from '../../../parse-uuid.js'
import { parseDatetime } from '../../request/datetime.js'
import {
  checkField,
  type FieldCheck,
  isEmptyValue,
  isWithin,
  type Match,
  NO_CHECK,
  type Range,
} from '../../request/field-check.js'
import type { IndexType } from '../collection/payload-index.js'

/** Whether the values of a field (arrays not opened) satisfy a condition. */
export type IndexedCheck = (values: readonly unknown[]) => boolean

/**
 * A condition as an index of its field answers it, or null where the index does not know it and the payload decides.
 * As on the server, an index sees the values of its own type alone, and of a condition that asks several things only
 * the one that it knows.
 */
export function indexedCheck(type: IndexType, check: FieldCheck): IndexedCheck | null {
  const { match, range, geo, isEmpty, isNull } = check
  if (geo && type.name === 'geo') return (values) => checkField({ ...NO_CHECK, geo }, values)
  const found = (match && indexedMatch(type, match)) ?? (range && indexedRange(type, range))
  if (found) return (values) => found(values.flat(1))
  if (isEmpty !== null) return (values) => values.every(isEmptyValue) === isEmpty
  return isNull === null ? null : (values) => holdsNull(values) === isNull
}

/** An index knows of a null inside a list, too. */
export function holdsNull(values: readonly unknown[]): boolean {
  return values.flat(1).includes(null)
}

function indexedMatch({ name, params }: IndexType, match: Match): IndexedCheck | null {
  if (match.kind !== 'value' && match.kind !== 'any' && match.kind !== 'except') return null
  const wanted = match.kind === 'value' ? [match.value] : [...match.values]
  const read = READERS[name]
  if (!read || (name === 'integer' && params?.lookup === false)) return null
  if (name === 'bool' && match.kind !== 'value') return null
  // an empty list is one of texts
  if (name === 'integer' && match.kind === 'except' && wanted.length === 0) return null
  const known = new Set(wanted.map(read))
  if (known.has(null)) return null
  const isExcept = match.kind === 'except'
  return (values) =>
    values.some((value) => {
      const key = read(value)
      return key !== null && known.has(key) !== isExcept
    })
}

/** What an index whose values can be counted keeps of a value, null for nothing. */
export const READERS: Partial<Record<IndexType['name'], (value: unknown) => string | number | boolean | null>> = {
  keyword: (value) => (typeof value === 'string' ? value : null),
  uuid: (value) => (typeof value === 'string' ? parseUuid(value) : null),
  integer: (value) => (Number.isInteger(value) ? (value as number) : null),
  bool: (value) => (typeof value === 'boolean' ? value : null),
}

/** Numbers and datetimes, which are microseconds, are compared with each other. */
function indexedRange({ name, params }: IndexType, { bounds }: Range): IndexedCheck | null {
  const isHeld = (value: number) => isWithin(bounds, value)
  switch (name) {
    case 'integer':
      if (params?.range === false) return null
      return (values) => values.some((value) => Number.isInteger(value) && isHeld(value as number))
    case 'float':
      return (values) => values.some((value) => typeof value === 'number' && isHeld(value))
    case 'datetime':
      return (values) =>
        values.some((value) => {
          const time = typeof value === 'string' ? parseDatetime(value) : null
          return time !== null && isHeld(time)
        })
    default:
      return null
  }
}
