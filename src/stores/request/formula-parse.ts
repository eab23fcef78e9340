import { isMissing, isObject, type JsonObject } from '../../options.js'
import { parseDatetime } from './datetime.js'
import { parseGeoPoint } from './field-check-parse.js'
import { parseFilter } from './filter-parse.js'
import type { DecayKind, Expression, Formula } from './formula.js'
import { formatPath, type PayloadPath, parsePath } from './payload-path.js'
import { plainDecimal } from './plain-decimal.js'
import { malformed, wrongInput } from './refusal.js'

const UNARY = ['neg', 'abs', 'sqrt', 'exp', 'log10', 'ln'] as const
const DECAYS: Readonly<Record<string, DecayKind>> = { lin_decay: 'lin', exp_decay: 'exp', gauss_decay: 'gauss' }
const DEFAULT_MIDPOINT = 0.5
const DEFAULT_SCALE = 1

/** @throws StoreError `REQUEST_REFUSED` */
export function parseFormula(expression: unknown, defaults: unknown): Formula {
  if (!isMissing(defaults) && !isObject(defaults)) throw notAnExpression()
  const parsed = parseExpression(expression)
  const named = Object.entries(defaults ?? {}).map(([name, value]) => [parseVariable(name).name, value] as const)
  return { expression: parsed, defaults: new Map(named) }
}

type Variable = Extract<Expression, { kind: 'score' | 'payload' }>

function parseExpression(value: unknown): Expression {
  if (typeof value === 'number') return { kind: 'constant', value: Math.fround(value) }
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
      return { kind: 'datetimeKey', ...payloadVariable(parsePath(operand)) }
    }
    if (isObject(operand)) {
      if (key === 'div') return parseDivision(operand)
      if (key === 'pow') {
        return { kind: 'pow', base: parseExpression(operand.base), exponent: parseExpression(operand.exponent) }
      }
      if (key === 'geo_distance') return parseGeoDistance(operand)
      if (Object.hasOwn(DECAYS, key)) return parseDecay(DECAYS[key]!, operand)
    }
  }
  return parseCondition(value)
}

function parseVariable(text: string): Variable {
  const isReserved = text.startsWith('$')
  const path = toPath(isReserved ? text.slice(1) : text)
  if (!isReserved && path) return { kind: 'payload', ...payloadVariable(path) }
  if (!path) throw noVariable(text, isReserved ? 'reserved variable' : 'payload variable')
  const [word, prefetch = 0, ...more] = path
  if (word !== 'score') throw noVariable(text, 'reserved word')
  if (typeof prefetch !== 'number' || more.length > 0) throw noVariable(text, 'reserved variable')
  return { kind: 'score', prefetch, name: `$score[${prefetch}]` }
}

function payloadVariable(path: PayloadPath): { path: PayloadPath; name: string } {
  return { path, name: formatPath(path) }
}

function toPath(text: string): PayloadPath | null {
  try {
    return parsePath(text)
  } catch {
    return null
  }
}

function noVariable(text: string, what: string): Error {
  return wrongInput(`Validation failed: failed to parse variable ID ${text}: Invalid ${what}: ${text}`)
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
    byZero: typeof byZero === 'number' ? Math.fround(byZero) : null,
  }
}

function parseGeoDistance({ origin, to }: JsonObject): Expression {
  if (typeof to !== 'string') throw notAnExpression()
  return { kind: 'geoDistance', origin: parseGeoPoint(origin), ...payloadVariable(parsePath(to)) }
}

function parseDecay(shape: DecayKind, { x, target, scale, midpoint }: JsonObject): Expression {
  if (!isMissing(scale) && typeof scale !== 'number') throw notAnExpression()
  if (!isMissing(midpoint) && typeof midpoint !== 'number') throw notAnExpression()
  const width = Math.fround((scale as number | null | undefined) ?? DEFAULT_SCALE)
  const middle = Math.fround((midpoint as number | null | undefined) ?? DEFAULT_MIDPOINT)
  const parsed = { x: parseExpression(x), target: isMissing(target) ? null : parseExpression(target) }
  if (shape === 'lin' ? !(middle >= 0 && middle <= 1) : !(middle > 0 && middle < 1)) {
    const range =
      shape === 'lin'
        ? 'Linear decay midpoint should be in the range [0.0, 1.0]'
        : 'Decay midpoint should be in the range (0.0, 1.0)'
    throw wrongInput(`Validation failed: ${range}, got ${plainDecimal(middle)}.`)
  }
  if (!(width > 0)) {
    throw wrongInput(`Validation failed: Decay scale should be non-zero positive, got ${plainDecimal(width)}.`)
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
