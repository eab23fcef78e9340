import { isLongInteger } from '../../inputs/json/exact-json.js'
import { isMissing, isObject, type JsonObject } from '../../options.js'
import { parseDatetime } from './datetime.js'
import type { Bounds, FieldCheck, Match, Range } from './field-check.js'
import { type GeoPoint, type GeoRing, haversineDistance, isInBox, isInPolygon } from './geo.js'
import { expectArray, expectNumber, expectObject, readCount, rejectUnknownFields } from './json-shape.js'
import { invalid, malformed } from './refusal.js'

const PREDICATES = [
  'match',
  'range',
  'geo_bounding_box',
  'geo_radius',
  'geo_polygon',
  'values_count',
  'is_empty',
  'is_null',
]

/** @throws StoreError `REQUEST_REFUSED` */
export function parseFieldCheck(condition: JsonObject, where: string): FieldCheck {
  rejectUnknownFields(condition, ['key', ...PREDICATES])
  if (PREDICATES.every((name) => isMissing(condition[name]))) {
    throw invalid(`${where}.__all__`, 'Validation error: At least one field condition must be specified [{}]')
  }
  return {
    match: isMissing(condition.match) ? null : parseMatch(condition.match),
    range: isMissing(condition.range) ? null : parseRange(condition.range),
    geo: parseGeo(condition),
    valuesCount: isMissing(condition.values_count)
      ? null
      : parseBounds(condition.values_count, 'values_count', (bound, what) => readCount(bound, what)!),
    isEmpty: parseFlag(condition.is_empty, 'is_empty'),
    isNull: parseFlag(condition.is_null, 'is_null'),
  }
}

function parseFlag(value: unknown, what: string): boolean | null {
  if (isMissing(value)) return null
  if (typeof value !== 'boolean') throw malformed(`invalid type: expected ${what} as a boolean`)
  return value
}

function parseMatch(value: unknown): Match {
  if (isObject(value)) {
    const [key, ...more] = Object.keys(value).filter((name) => value[name] !== undefined)
    const operand = key === undefined ? undefined : value[key]
    if (more.length === 0) {
      if (key === 'value' && isMatchValue(operand)) return { kind: 'value', value: operand }
      if ((key === 'any' || key === 'except') && isMatchList(operand)) return { kind: key, values: new Set(operand) }
      if ((key === 'text' || key === 'phrase') && typeof operand === 'string') return { kind: key, text: operand }
      if (key === 'text_any' && typeof operand === 'string') {
        return { kind: 'textAny', text: operand, words: operand.split(/\s+/u).filter((word) => word !== '') }
      }
    }
  }
  throw malformed('data did not match any variant of untagged enum MatchInterface')
}

function isMatchValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value)
}

/** All strings or all integers: the server does not mix them. Those beyond 2^53 are strings here, and stand with the integers that they are. */
function isMatchList(value: unknown): value is (string | number)[] {
  if (!Array.isArray(value)) return false
  const isInteger = (element: unknown) => Number.isInteger(element) || isLongInteger(element)
  return value.every((element) => typeof element === 'string') || value.every(isInteger)
}

function parseRange(value: unknown): Range {
  const range = expectObject(value, 'range')
  const isDatetime = Object.values(range).some((bound) => typeof bound === 'string' && !isLongInteger(bound))
  return isDatetime
    ? { kind: 'datetime', bounds: parseBounds(range, 'range', readDatetime) }
    : { kind: 'number', bounds: parseBounds(range, 'range', readNumber) }
}

/** A range is one of float64, on the server as well: there an integer beyond 2^53 is the number next to it. */
function readNumber(value: unknown, what: string): number {
  return isLongInteger(value) ? Number(value) : expectNumber(value, what)
}

function readDatetime(value: unknown): number {
  const time = typeof value === 'string' ? parseDatetime(value) : null
  if (time === null) {
    throw malformed(
      `'${String(value)}' does not match accepted datetime format (RFC3339). Example: 2014-01-01T00:00:00Z`,
    )
  }
  return time
}

function parseBounds(value: unknown, what: string, read: (bound: unknown, what: string) => number): Bounds {
  const bounds = expectObject(value, what)
  rejectUnknownFields(bounds, ['lt', 'gt', 'gte', 'lte'])
  const at = (key: keyof Bounds) => (isMissing(bounds[key]) ? null : read(bounds[key], `${what}.${key}`))
  return { lt: at('lt'), lte: at('lte'), gt: at('gt'), gte: at('gte') }
}

function parseGeo(condition: JsonObject): FieldCheck['geo'] {
  const { geo_bounding_box: box, geo_radius: circle, geo_polygon: polygon } = condition
  const tests: ((point: GeoPoint) => boolean)[] = []
  if (!isMissing(box)) {
    const { top_left: topLeft, bottom_right: bottomRight } = expectObject(box, 'geo_bounding_box')
    const [from, to] = [parseGeoPoint(topLeft), parseGeoPoint(bottomRight)]
    tests.push((point) => isInBox(point, from, to))
  }
  if (!isMissing(circle)) {
    const { center, radius } = expectObject(circle, 'geo_radius')
    const [middle, reach] = [parseGeoPoint(center), expectNumber(radius, 'radius')]
    tests.push((point) => haversineDistance(middle, point) < reach)
  }
  if (!isMissing(polygon)) {
    const { exterior, interiors } = expectObject(polygon, 'geo_polygon')
    const holes = isMissing(interiors) ? [] : expectArray(interiors, 'interiors').map(parseRing)
    const outline = parseRing(exterior)
    tests.push((point) => isInPolygon(point, outline, holes))
  }
  if (tests.length === 0) return null
  return (point) => tests.some((test) => test(point))
}

/** @throws StoreError `REQUEST_REFUSED` */
export function parseGeoPoint(value: unknown): GeoPoint {
  const { lon, lat } = expectObject(value, 'a geo point')
  if (typeof lon !== 'number' || typeof lat !== 'number') throw malformed('missing field `lon` or `lat`')
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90) {
    throw malformed(
      `Wrong format of GeoPoint payload: expected \`lat\` = ${lat} within [-90;90] and \`lon\` = ${lon} within [-180;180]`,
    )
  }
  return { lon, lat }
}

function parseRing(value: unknown): GeoRing {
  const ring = expectArray(expectObject(value, 'a line of geo points').points, 'points').map(parseGeoPoint)
  if (ring.length < 4) {
    throw malformed(`Validation failed: polygon invalid, the size must be at least 4, got ${ring.length}`)
  }
  const first = ring[0]!
  const last = ring.at(-1)!
  if (first.lon !== last.lon || first.lat !== last.lat) {
    throw malformed(
      'Validation failed: polygon invalid, the first and the last points should be the same to form a closed line',
    )
  }
  return ring
}
