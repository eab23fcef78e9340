import { isMissing, isObject } from '../../options.js'
import { parseFieldCheck } from './field-check-parse.js'
import type { Condition, FilterNode } from './filter.js'
import { expectArray, expectString, rejectUnknownFields } from './json-shape.js'
import { type PayloadPath, parsePath } from './payload-path.js'
import { parsePointId } from './point-id.js'
import { malformed } from './refusal.js'
import { refuseDeep } from './request-depth.js'

/** A filter is a field of its request. */
const DEPTH_OF_FILTER = 2

const CLAUSES = ['should', 'min_should', 'must', 'must_not']

/**
 * Parses Qdrant's filter JSON; null where there is none.
 * @param where what the server calls the filter in its validation errors
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseFilter(value: unknown, where = 'filter'): FilterNode | null {
  refuseDeep(value, DEPTH_OF_FILTER)
  return parseNode(value, where)
}

function parseNode(value: unknown, where: string): FilterNode | null {
  if (isMissing(value)) return null
  if (!isObject(value)) throw malformed('invalid type: expected struct Filter')
  rejectUnknownFields(value, CLAUSES)
  return {
    must: parseClause(value.must, `${where}.must`),
    mustNot: parseClause(value.must_not, `${where}.must_not`),
    should: parseClause(value.should, `${where}.should`),
    minShould: parseMinShould(value.min_should, `${where}.min_should`),
  }
}

function parseClause(value: unknown, where: string): Condition[] {
  if (isMissing(value)) return []
  if (!Array.isArray(value)) return [parseCondition(value, where)]
  return value.map((condition, i) => parseCondition(condition, `${where}[${i}]`))
}

function parseMinShould(value: unknown, where: string): FilterNode['minShould'] {
  if (isMissing(value)) return null
  if (!isObject(value)) throw malformed('invalid type: expected struct MinShould')
  rejectUnknownFields(value, ['conditions', 'min_count'])
  const { conditions, min_count: minCount } = value
  if (!Array.isArray(conditions)) throw malformed('missing field `conditions`')
  if (typeof minCount !== 'number' || !Number.isInteger(minCount) || minCount < 0) {
    throw malformed('missing field `min_count`')
  }
  return {
    conditions: conditions.map((condition, i) => parseCondition(condition, `${where}.conditions[${i}]`)),
    minCount,
  }
}

function parseCondition(value: unknown, where: string): Condition {
  if (!isObject(value)) throw notACondition()
  if ('key' in value) return { kind: 'field', path: parsePath(value.key), check: parseFieldCheck(value, where) }
  if ('is_empty' in value) return { kind: 'isEmpty', path: parseKeyHolder(value.is_empty) }
  if ('is_null' in value) return { kind: 'isNull', path: parseKeyHolder(value.is_null) }
  if ('has_id' in value) return { kind: 'hasId', ids: new Set(expectArray(value.has_id, 'has_id').map(parsePointId)) }
  if ('has_vector' in value) return { kind: 'hasVector', name: expectString(value.has_vector, 'has_vector') }
  if ('nested' in value) return parseNested(value.nested, `${where}.nested`)
  if (Object.keys(value).every((key) => CLAUSES.includes(key))) {
    return { kind: 'filter', filter: parseNode(value, where)! }
  }
  throw notACondition()
}

function parseKeyHolder(value: unknown): PayloadPath {
  if (!isObject(value)) throw notACondition()
  rejectUnknownFields(value, ['key'])
  return parsePath(value.key)
}

/** The path of a nested condition always ends in `[]`: its filter is asked of each element. */
function parseNested(value: unknown, where: string): Condition {
  if (!isObject(value)) throw notACondition()
  rejectUnknownFields(value, ['key', 'filter'])
  const filter = parseNode(value.filter, `${where}.filter`)
  if (!filter) throw notACondition()
  const path = parsePath(value.key)
  return { kind: 'nested', path: path.at(-1) === null ? path : [...path, null], filter }
}

function notACondition(): Error {
  return malformed(
    'Expected some form of condition, which can be a field condition (like {"key": ..., "match": ... }), or some other mentioned in the documentation: https://qdrant.tech/documentation/concepts/filtering/#filtering-conditions',
  )
}
