import type { Payload } from '../../document.js'
import { checkField, isEmptyValue } from './field-check.js'
import type { FieldValues } from './field-values.js'
import type { Condition, FilterNode } from './filter.js'
import { isObject } from './json-shape.js'
import { flatValuesAt, type PayloadPath, valuesAt } from './payload-path.js'
import type { TextAnalyzer } from './text-analyzer.js'

/** What a filter asks of a point besides its payload. */
export interface PointFacts {
  idOf(slot: number): number | string
  hasVector(slot: number, name: string): boolean
  payload(slot: number): Payload
  /** Remembered values of a field, or null where none are. */
  fieldValues(path: PayloadPath): FieldValues | null
  /** The analysis of a field's text index, or null where it has none. */
  textAnalyzer(path: PayloadPath): TextAnalyzer | null
}

/** Whether the live point in a slot satisfies a filter. */
export type SlotTest = (slot: number) => boolean

type Test = (slot: number, payload: () => unknown) => boolean

/** The slot of what is not a point: an element that a nested condition looks into. */
const NO_SLOT = -1

/** Compiles a filter into a test of slots; a payload is read only where a condition needs it, and once per point. */
export function compileFilter(filter: FilterNode, facts: PointFacts): SlotTest {
  const test = compileNode(filter, facts)
  let current = NO_SLOT
  let cached: Payload | undefined
  const payload = () => {
    cached ??= facts.payload(current)
    return cached
  }
  return (slot) => {
    current = slot
    cached = undefined
    return test(slot, payload)
  }
}

/** Whether a condition of a formula holds for a point. */
export function compileCondition(condition: Condition, facts: PointFacts): SlotTest {
  return compileFilter({ must: [condition], mustNot: [], should: [], minShould: null }, facts)
}

function compileNode(filter: FilterNode, facts: PointFacts): Test {
  const must = filter.must.map((condition) => compile(condition, facts))
  const mustNot = filter.mustNot.map((condition) => compile(condition, facts))
  const should = filter.should.map((condition) => compile(condition, facts))
  const some = filter.minShould?.conditions.map((condition) => compile(condition, facts)) ?? []
  const minCount = filter.minShould?.minCount ?? 0
  return (slot, payload) =>
    must.every((test) => test(slot, payload)) &&
    !mustNot.some((test) => test(slot, payload)) &&
    (should.length === 0 || should.some((test) => test(slot, payload))) &&
    (some.length === 0 || hasAtLeast(minCount, some, slot, payload))
}

function hasAtLeast(count: number, tests: readonly Test[], slot: number, payload: () => unknown): boolean {
  let found = 0
  for (let i = 0; i < tests.length && found < count; i++) if (tests[i]!(slot, payload)) found++
  return found >= count
}

function compile(condition: Condition, facts: PointFacts): Test {
  switch (condition.kind) {
    case 'field':
      return compileField(condition, facts)
    case 'isEmpty':
      return compileValues(condition.path, facts, (values) => values.every(isEmptyValue))
    case 'isNull':
      return compileValues(condition.path, facts, (values) => values.includes(null))
    case 'hasId':
      return (slot) => slot !== NO_SLOT && condition.ids.has(facts.idOf(slot))
    case 'hasVector':
      return (slot) => slot !== NO_SLOT && facts.hasVector(slot, condition.name)
    case 'nested': {
      const test = compileNode(condition.filter, facts)
      return (_, payload) =>
        valuesAt(condition.path, payload()).some((element) => isObject(element) && test(NO_SLOT, () => element))
    }
    case 'filter':
      return compileNode(condition.filter, facts)
  }
}

/** A test of a field's values; where they are remembered, it is made once for each list of them. */
function compileValues(path: PayloadPath, facts: PointFacts, check: (values: readonly unknown[]) => boolean): Test {
  const plain: Test = (_, payload) => check(valuesAt(path, payload()))
  const field = facts.fieldValues(path)
  if (!field) return plain
  const results: boolean[] = []
  return (slot, payload) => {
    if (slot === NO_SLOT) return plain(slot, payload)
    const number = field.numberOf(slot, () => valuesAt(path, payload()))
    results[number] ??= check(field.list(number))
    return results[number]
  }
}

/** Texts of a field with a text index are matched by tokens; where there is none, as they are written. */
function compileField({ path, check }: Extract<Condition, { kind: 'field' }>, facts: PointFacts): Test {
  const analyzer = check.match && facts.textAnalyzer(path)
  if (!analyzer) return compileValues(path, facts, (values) => checkField(check, values))
  return (slot, payload) => {
    // An element inside a nested condition is no field of the index.
    const matched = slot === NO_SLOT ? null : analyzer.matches(check.match!, flatValuesAt(path, payload()))
    if (matched === null) return checkField(check, valuesAt(path, payload()))
    return matched || checkField({ ...check, match: null }, valuesAt(path, payload()))
  }
}
