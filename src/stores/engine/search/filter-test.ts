import type { Payload } from '../../../document.js'
import { isObject } from '../../../options.js'
import { checkField, type FieldCheck, isEmptyValue } from '../../request/field-check.js'
import { type Condition, countConditions, type FilterNode } from '../../request/filter.js'
import { mergeAlternatives } from '../../request/merge-alternatives.js'
import { flatValuesAt, formatPath, type PayloadPath, valuesAt } from '../../request/payload-path.js'
import { badRequest } from '../../request/refusal.js'
import type { FieldValues } from '../collection/field-values.js'
import type { IndexType } from '../collection/payload-index.js'
import type { TextAnalyzer } from '../collection/text-analyzer.js'
import { holdsNull, indexedCheck } from './indexed-check.js'

/** What a filter asks of a point besides its payload. */
export interface PointFacts {
  idOf(slot: number): number | string
  hasVector(slot: number, name: string): boolean
  payload(slot: number): Payload
  /** Remembered values of a field, or null where none are. */
  fieldValues(path: PayloadPath): FieldValues | null
  /** A field's index, or null where it has none. */
  indexType(path: PayloadPath): IndexType | null
  /** The analysis of a field's text index, or null where it has none. */
  textAnalyzer(path: PayloadPath): TextAnalyzer | null
  /** How many conditions a filter may have. */
  readonly maxConditions: number
}

/** Whether the live point in a slot satisfies a filter. */
export type SlotTest = (slot: number) => boolean

type Test = (slot: number, payload: () => unknown) => boolean

/** The slot of what is not a point: an element that a nested condition looks into. */
const NO_SLOT = -1

/**
 * Compiles a filter into a test of slots; a payload is read only where a condition needs it, and once per point.
 * @throws StoreError `REQUEST_REFUSED` where it has too many conditions
 */
export function compileFilter(filter: FilterNode, facts: PointFacts): SlotTest {
  const conditions = countConditions(filter)
  if (conditions > facts.maxConditions) {
    throw badRequest(
      `Limit exceeded ${conditions} > ${facts.maxConditions} for "filter_max_conditions". Help: Reduce the conditions of the filter, or put the values of a field into one condition by "any".`,
    )
  }
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
  const mustNot = compileAlternatives(filter.mustNot, facts)
  const should = compileAlternatives(filter.should, facts)
  const some = filter.minShould?.conditions.map((condition) => compile(condition, facts)) ?? []
  const minCount = filter.minShould?.minCount ?? 0
  return (slot, payload) =>
    must.every((test) => test(slot, payload)) &&
    !mustNot.some((test) => test(slot, payload)) &&
    (filter.should.length === 0 || should.some((test) => test(slot, payload))) &&
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
      return compileField(condition.path, [condition.check], facts)
    case 'isEmpty':
      return compileValues(condition.path, facts, (values) => values.every(isEmptyValue))
    case 'isNull':
      return compileValues(
        condition.path,
        facts,
        facts.indexType(condition.path) ? holdsNull : isNullAmong,
        isNullAmong,
      )
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

/** Tests of which one is enough. Several conditions on one field read its values once. */
function compileAlternatives(conditions: readonly Condition[], facts: PointFacts): Test[] {
  const tests: Test[] = []
  const fields = new Map<string, { readonly path: PayloadPath; readonly checks: FieldCheck[] }>()
  for (const condition of mergeAlternatives(conditions)) {
    if (condition.kind !== 'field' || (condition.check.match && facts.textAnalyzer(condition.path))) {
      tests.push(compile(condition, facts))
      continue
    }
    const name = formatPath(condition.path)
    const known = fields.get(name)
    if (known) known.checks.push(condition.check)
    else fields.set(name, { path: condition.path, checks: [condition.check] })
  }
  for (const { path, checks } of fields.values()) tests.push(compileField(path, checks, facts))
  return tests
}

type ValuesTest = (values: readonly unknown[]) => boolean

/**
 * A test of a field's values; where they are remembered, it is made once for each list of them.
 * @param plain the test of what is no field of an index: an element inside a nested condition
 */
function compileValues(path: PayloadPath, facts: PointFacts, check: ValuesTest, plain = check): Test {
  const field = facts.fieldValues(path)
  if (!field) {
    return (slot, payload) => (slot === NO_SLOT ? plain : check)(valuesAt(path, payload()))
  }
  const results: boolean[] = []
  return (slot, payload) => {
    if (slot === NO_SLOT) return plain(valuesAt(path, payload()))
    const number = field.numberOf(slot, () => valuesAt(path, payload()))
    results[number] ??= check(field.list(number))
    return results[number]
  }
}

/** Texts of a field with a text index are matched by tokens; where there is none, as they are written. */
function compileField(path: PayloadPath, checks: readonly FieldCheck[], facts: PointFacts): Test {
  const [check, ...more] = checks as [FieldCheck, ...FieldCheck[]]
  const analyzer = more.length === 0 && check.match && facts.textAnalyzer(path)
  if (!analyzer) {
    const type = facts.indexType(path)
    const asked = checks.map((one) => (type && indexedCheck(type, one)) ?? plainTest(one))
    return compileValues(path, facts, anyOf(asked), type ? anyOf(checks.map(plainTest)) : undefined)
  }
  return (slot, payload) => {
    // An element inside a nested condition is no field of the index.
    const matched = slot === NO_SLOT ? null : analyzer.matches(check.match!, flatValuesAt(path, payload()))
    return matched ?? checkField(check, valuesAt(path, payload()))
  }
}

function isNullAmong(values: readonly unknown[]): boolean {
  return values.includes(null)
}

function plainTest(check: FieldCheck): ValuesTest {
  return (values) => checkField(check, values)
}

function anyOf(tests: readonly ValuesTest[]): ValuesTest {
  return tests.length === 1 ? tests[0]! : (values) => tests.some((test) => test(values))
}
