import { parseDatetime } from './datetime.js'
import { type GeoPoint, toGeoPoint } from './geo.js'

/**
 * What a condition asks of the values of one field; `null` stands for a predicate that is not there. As on the server,
 * of several `valuesCount` decides alone, else `isEmpty`, else `isNull`; of the others any that holds is enough.
 */
export interface FieldCheck {
  readonly match: Match | null
  readonly range: Range | null
  readonly geo: ((point: GeoPoint) => boolean) | null
  readonly valuesCount: Bounds | null
  readonly isEmpty: boolean | null
  readonly isNull: boolean | null
}

/** A check without predicates. */
export const NO_CHECK: FieldCheck = {
  match: null,
  range: null,
  geo: null,
  valuesCount: null,
  isEmpty: null,
  isNull: null,
}

export type Match =
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'any' | 'except'; readonly values: ReadonlySet<string | number> }
  | { readonly kind: 'text' | 'phrase'; readonly text: string }
  | { readonly kind: 'textAny'; readonly text: string; readonly words: readonly string[] }

export interface Bounds {
  readonly lt: number | null
  readonly lte: number | null
  readonly gt: number | null
  readonly gte: number | null
}

/** Bounds on numbers, or on datetimes in microseconds since 1970. */
export interface Range {
  readonly kind: 'number' | 'datetime'
  readonly bounds: Bounds
}

/** Whether the values of a field (arrays not opened) satisfy the check. */
export function checkField(check: FieldCheck, values: readonly unknown[]): boolean {
  if (values.length === 0) return check.isEmpty ?? check.isNull === false
  return values.some((value) => checkValue(check, value))
}

function checkValue(check: FieldCheck, value: unknown): boolean {
  const elements = Array.isArray(value) ? value : [value]
  if (check.valuesCount !== null) return isWithin(check.valuesCount, countOf(value))
  if (check.isEmpty !== null) return isEmptyValue(value) === check.isEmpty
  if (check.isNull !== null) return elements.includes(null) === check.isNull
  return (
    (check.match !== null && elements.some((element) => matches(check.match!, element))) ||
    (check.range !== null && elements.some((element) => isInRange(check.range!, element))) ||
    (check.geo !== null && elements.some((element) => isAt(check.geo!, element)))
  )
}

/** Null and the empty list are empty. */
export function isEmptyValue(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return value === null ? 0 : 1
}

function matches(match: Match, value: unknown): boolean {
  switch (match.kind) {
    case 'value':
      return value === match.value
    case 'any':
      return match.values.has(value as string | number)
    case 'except':
      return value !== null && !match.values.has(value as string | number)
    case 'text':
    case 'phrase':
      return typeof value === 'string' && value.includes(match.text)
    case 'textAny':
      return typeof value === 'string' && match.words.some((word) => value.includes(word))
  }
}

function isInRange(range: Range, value: unknown): boolean {
  if (range.kind === 'number') return typeof value === 'number' && isWithin(range.bounds, value)
  if (typeof value !== 'string') return false
  const time = parseDatetime(value)
  return time !== null && isWithin(range.bounds, time)
}

export function isWithin({ lt, lte, gt, gte }: Bounds, value: number): boolean {
  return (
    (lt === null || value < lt) &&
    (lte === null || value <= lte) &&
    (gt === null || value > gt) &&
    (gte === null || value >= gte)
  )
}

function isAt(isInside: (point: GeoPoint) => boolean, value: unknown): boolean {
  const point = toGeoPoint(value)
  return point !== null && isInside(point)
}
