import { parseDatetime } from '../../request/datetime.js'
import type { DecayKind, Expression, Formula } from '../../request/formula.js'
import { haversineDistance, toGeoPoint } from '../../request/geo.js'
import { flatValuesAt, type PayloadPath, valuesAt } from '../../request/payload-path.js'
import { plainDecimal } from '../../request/plain-decimal.js'
import { wrongInput } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { indexOf, isIndexed } from '../collection/payload-index.js'
import { compileCondition } from './filter-test.js'
import { type Ranking, unionSlots } from './ranking.js'

/** The value of an expression for the point in a slot, in float64. */
type Evaluate = (slot: number) => number

/**
 * Scores of all points of the prefetches by a formula, in float32.
 * @throws StoreError `REQUEST_REFUSED` where a variable has no value, or a result is not finite
 * @see https://qdrant.tech/documentation/concepts/hybrid-queries/#score-boosting
 */
export function scoreByFormula(
  collection: Collection,
  { expression, defaults }: Formula,
  prefetches: readonly Ranking[],
): Map<number, number> {
  const scores = prefetches.map(({ slots, scores }) => new Map(slots.map((slot, i) => [slot, scores[i]!])))
  const evaluate = new Compiler(collection, defaults, scores).compile(expression)
  return new Map(
    unionSlots(prefetches).map((slot) => {
      const score = evaluate(slot)
      return [slot, finite(Math.fround(score), () => `${plainDecimal(score)} as f32`)]
    }),
  )
}

class Compiler {
  readonly #collection: Collection
  readonly #defaults: Formula['defaults']
  readonly #scores: readonly ReadonlyMap<number, number>[]

  constructor(collection: Collection, defaults: Formula['defaults'], scores: readonly ReadonlyMap<number, number>[]) {
    this.#collection = collection
    this.#defaults = defaults
    this.#scores = scores
  }

  compile(expression: Expression): Evaluate {
    switch (expression.kind) {
      case 'constant':
        return () => expression.value
      case 'score':
        return this.#compileScore(expression.prefetch, expression.name)
      case 'payload':
        return this.#compileVariable(expression, 'number', (value) =>
          typeof value === 'number' ? value : 'Value is not a number',
        )
      case 'datetimeKey':
        return this.#compileVariable(expression, 'datetime', (value) => {
          if (typeof value !== 'string') return 'value is not a string'
          const time = parseDatetime(value)
          return time === null ? 'input contains invalid characters' : time / 1e6
        })
      case 'geoDistance':
        return this.#compileVariable(expression, 'geo point', (value) => {
          const point = toGeoPoint(value)
          return point ? haversineDistance(expression.origin, point) : 'invalid type, expected struct GeoPointShadow'
        })
      case 'condition': {
        const holds = compileCondition(expression.condition, this.#collection)
        return (slot) => (holds(slot) ? 1 : 0)
      }
      default:
        return this.#compileOperation(expression)
    }
  }

  #compileScore(prefetch: number, name: string): Evaluate {
    const scores = this.#scores[prefetch]
    const fallback = this.#defaults.get(name)
    const missing = typeof fallback === 'number' ? fallback : 0
    return (slot) => scores?.get(slot) ?? missing
  }

  /** A variable of the payload: its one value, else its default; several values are none. `read` gives a number or what is wrong. */
  #compileVariable(
    { path, name }: { path: PayloadPath; name: string },
    what: string,
    read: (value: unknown) => number | string,
  ): Evaluate {
    const fallback = this.#defaults.get(name)
    const valuesOf = this.#compileValues(path)
    return (slot) => {
      const values = valuesOf(slot)
      const value = values.length > 1 ? values : (values[0] ?? (values.length === 0 ? fallback : null))
      const result = value === undefined ? 'No value found in a payload nor defaults' : read(value)
      if (typeof result === 'number') return result
      throw wrongInput(
        `Expected ${what} value for ${name} in the payload and/or in the formula defaults. Error: ${result}`,
      )
    }
  }

  /** The values of a field; where it has an index, those that the index holds. */
  #compileValues(path: PayloadPath): (slot: number) => readonly unknown[] {
    const read = path.at(-1) === null ? valuesAt : flatValuesAt
    const index = indexOf(this.#collection.settings, path)
    if (!index || index.name === 'text') return (slot) => read(path, this.#collection.payload(slot))
    return (slot) => flatValuesAt(path, this.#collection.payload(slot)).filter((value) => isIndexed(index, value))
  }

  #compileOperation(
    expression: Exclude<
      Expression,
      { kind: 'constant' | 'score' | 'payload' | 'condition' | 'geoDistance' | 'datetimeKey' }
    >,
  ): Evaluate {
    switch (expression.kind) {
      case 'sum': {
        const terms = expression.terms.map((term) => this.compile(term))
        return (slot) => terms.reduce((sum, term) => sum + term(slot), 0)
      }
      case 'mult': {
        const factors = expression.terms.map((term) => this.compile(term))
        return (slot) => multiply(factors, slot)
      }
      case 'neg': {
        const of = this.compile(expression.of)
        return (slot) => -of(slot)
      }
      case 'abs': {
        const of = this.compile(expression.of)
        return (slot) => Math.abs(of(slot))
      }
      case 'sqrt':
        return this.#compileFunction(expression.of, Math.sqrt, (x) => `√${plainDecimal(x)}`)
      case 'exp':
        return this.#compileFunction(expression.of, Math.exp, (x) => `exp(${plainDecimal(x)})`)
      case 'log10':
        return this.#compileFunction(expression.of, Math.log10, (x) => `log10(${plainDecimal(x)})`)
      case 'ln':
        return this.#compileFunction(expression.of, Math.log, (x) => `ln(${plainDecimal(x)})`)
      case 'pow': {
        const base = this.compile(expression.base)
        const exponent = this.compile(expression.exponent)
        return (slot) => {
          const x = base(slot)
          const y = exponent(slot)
          return finite(x ** y, () => `${plainDecimal(x)}^${plainDecimal(y)}`)
        }
      }
      case 'div':
        return this.#compileDivision(expression.left, expression.right, expression.byZero)
      case 'decay':
        return this.#compileDecay(expression)
    }
  }

  #compileFunction(of: Expression, apply: (x: number) => number, show: (x: number) => string): Evaluate {
    const inner = this.compile(of)
    return (slot) => {
      const x = inner(slot)
      return finite(apply(x), () => show(x))
    }
  }

  /** 0 divided by anything is 0; a division by zero gives its default, where there is one. */
  #compileDivision(left: Expression, right: Expression, byZero: number | null): Evaluate {
    const dividend = this.compile(left)
    const divisor = this.compile(right)
    return (slot) => {
      const x = dividend(slot)
      if (x === 0) return 0
      const y = divisor(slot)
      if (y === 0 && byZero !== null) return byZero
      return finite(x / y, () => `${plainDecimal(x)}/${plainDecimal(y)}`)
    }
  }

  #compileDecay({ shape, x, target, scale, midpoint }: Extract<Expression, { kind: 'decay' }>): Evaluate {
    const value = this.compile(x)
    const center = target ? this.compile(target) : () => 0
    const decay = decayFunction(shape, scale, midpoint)
    return (slot) => decay(Math.abs(value(slot) - center(slot)))
  }
}

/** Factors after a zero are not looked at: they need no value. */
function multiply(factors: readonly Evaluate[], slot: number): number {
  let product = 1
  for (const factor of factors) {
    const value = factor(slot)
    if (value === 0) return 0
    product *= value
  }
  return product
}

/** Decay from 1 at distance 0 to `midpoint` at distance `scale`. */
function decayFunction(shape: DecayKind, scale: number, midpoint: number): (distance: number) => number {
  switch (shape) {
    case 'lin':
      return (distance) => Math.max(0, 1 - ((1 - midpoint) * distance) / scale)
    case 'exp':
      return (distance) => Math.exp((Math.log(midpoint) * distance) / scale)
    case 'gauss':
      return (distance) => Math.exp((Math.log(midpoint) * distance * distance) / (scale * scale))
  }
}

function finite(value: number, show: () => string): number {
  if (Number.isFinite(value)) return value
  throw wrongInput(`The expression ${show()} = ${plainDecimal(value)} produced a non-finite number`)
}
