import { parseDatetime } from './datetime.js'
import { parseGeoPoint } from './field-check-parse.js'
import { parseFilter } from './filter-parse.js'
import type { DecayKind, Expression, Formula } from './formula.js'
import { isMissing, isObject, type JsonObject } from './json-shape.js'
import { parsePath } from './payload-path.js'
import { malformed, wrongInput } from './refusal.js'

const UNARY = ['neg', 'abs', 'sqrt', 'exp', 'log10', 'ln'] as const
const DECAYS: Readonly<Record<string, DecayKind>> = { lin_decay: 'lin', exp_decay: 'exp', gauss_decay: 'gauss' }
const DEFAULT_MIDPOINT = 0.5
const DEFAULT_SCALE = 1

/** @throws StoreError `REQUEST_REFUSED` */
export function parseFormula(expression: unknown, defaults: unknown): Formula {
  if (!isMissing(defaults) && !isObject(defaults)) throw notAnExpression()
  return { expression: parseExpression(expression), defaults: (defaults as JsonObject | null | undefined) ?? {} }
}

function parseExpression(value: unknown): Expression {
  if (typeof value === 'number') return { kind: 'constant', value }
  if (typeof value === 'string') return parseVariable(value)
  if (!isObject(value)) throw notAnExpression()
  const [key, ...more] = Object.keys(value)
  const operand = key === undefined ? undefined : value[key]
  if (more.length === 0 && key !== undefined) {
    const unary = UNARY.find((name) => name === key)
    if (unary) return { kind: unary, of: parseExpression(operand) }
    if (key === 'sum' || key === 'mult') {
      if (!Array.isArray(operand)) throw notAnExpression()
      return { kind: key, terms: operand.map(parseExpression) }
    }
    if (key === 'datetime') return parseDatetimeConstant(operand)
    if (key === 'datetime_key' && typeof operand === 'string') {
      return { kind: 'datetimeKey', path: parsePath(operand), name: operand }
    }
    if (isObject(operand)) {
      if (key === 'div') return parseDivision(operand)
      if (key === 'pow') {
        return { kind: 'pow', base: parseExpression(operand.base), exponent: parseExpression(operand.exponent) }
      }
      if (key === 'geo_distance') return parseGeoDistance(operand)
      if (key in DECAYS) return parseDecay(DECAYS[key]!, operand)
    }
  }
  return parseCondition(value)
}

function parseVariable(name: string): Expression {
  if (!name.startsWith('$')) return { kind: 'payload', path: parsePath(name), name }
  const match = /^\$score(?:\[(\d+)\])?$/.exec(name)
  if (!match) {
    throw wrongInput(`Validation failed: failed to parse variable ID ${name}: Invalid reserved variable: ${name}`)
  }
  const prefetch = Number(match[1] ?? 0)
  return { kind: 'score', prefetch, name: `$score[${prefetch}]` }
}

function parseDatetimeConstant(value: unknown): Expression {
  const time = typeof value === 'string' ? parseDatetime(value) : null
  if (time === null) {
    throw wrongInput(`Validation failed: failed to parse date-time ${String(value)}: input contains invalid characters`)
  }
  return { kind: 'constant', value: time / 1e6 }
}

function parseDivision({ left, right, by_zero_default: byZero }: JsonObject): Expression {
  if (!isMissing(byZero) && typeof byZero !== 'number') throw notAnExpression()
  return {
    kind: 'div',
    left: parseExpression(left),
    right: parseExpression(right),
    byZero: (byZero as number | null | undefined) ?? null,
  }
}

function parseGeoDistance({ origin, to }: JsonObject): Expression {
  if (typeof to !== 'string') throw notAnExpression()
  return { kind: 'geoDistance', origin: parseGeoPoint(origin), path: parsePath(to), name: to }
}

function parseDecay(shape: DecayKind, { x, target, scale, midpoint }: JsonObject): Expression {
  if (!isMissing(scale) && typeof scale !== 'number') throw notAnExpression()
  if (!isMissing(midpoint) && typeof midpoint !== 'number') throw notAnExpression()
  const width = (scale as number | null | undefined) ?? DEFAULT_SCALE
  const middle = (midpoint as number | null | undefined) ?? DEFAULT_MIDPOINT
  const parsed = { x: parseExpression(x), target: isMissing(target) ? null : parseExpression(target) }
  if (!(width > 0)) throw wrongInput(`Validation failed: Decay scale should be non-zero positive, got ${width}.`)
  if (!(middle > 0 && middle < 1)) {
    throw wrongInput(`Validation failed: Decay midpoint should be in the range (0.0, 1.0), got ${middle}.`)
  }
  return { kind: 'decay', shape, ...parsed, scale: width, midpoint: middle }
}

/** A condition counts 1 where it holds, else 0. */
function parseCondition(value: JsonObject): Expression {
  try {
    return { kind: 'condition', condition: parseFilter({ must: [value] })!.must[0]! }
  } catch (cause) {
    throw Object.assign(notAnExpression(), { cause })
  }
}

function notAnExpression(): Error {
  return malformed('Expected some form of vector, id, or a type of query')
}
