import type { PointId } from '../../document.js'
import { parseUuid } from '../../parse-uuid.js'
import { type FieldCheck, NO_CHECK } from './field-check.js'
import type { Condition } from './filter.js'
import { formatPath, type PayloadPath } from './payload-path.js'

/**
 * The same alternatives in fewer conditions: values that one field may have become one set, ids another, and filters that
 * only list alternatives are opened. Many conditions on one field then cost what one costs.
 */
export function mergeAlternatives(conditions: readonly Condition[]): Condition[] {
  const others: Condition[] = []
  const ids = new Set<PointId>()
  const fields = new Map<string, { readonly path: PayloadPath; readonly values: Set<string | number> }>()
  for (const condition of conditions.flatMap(opened)) {
    if (condition.kind === 'hasId') for (const id of condition.ids) ids.add(id)
    const values = condition.kind === 'field' ? wantedValues(condition.check) : null
    const kind = values && commonKind(values)
    if (condition.kind === 'field' && kind) {
      const key = `${kind} ${formatPath(condition.path)}`
      const known = fields.get(key)?.values ?? new Set()
      for (const value of values) known.add(value)
      fields.set(key, { path: condition.path, values: known })
    } else if (condition.kind !== 'hasId') others.push(condition)
  }
  const merged: Condition[] = []
  if (ids.size > 0) merged.push({ kind: 'hasId', ids })
  for (const { path, values } of fields.values())
    merged.push({ kind: 'field', path, check: { ...NO_CHECK, match: { kind: 'any', values } } })
  return [...merged, ...others]
}

/** The alternatives that a filter stands for, where it is nothing else. */
function opened(condition: Condition): readonly Condition[] {
  if (condition.kind !== 'filter') return [condition]
  const { must, mustNot, should, minShould } = condition.filter
  if (mustNot.length > 0 || minShould) return [condition]
  if (must.length === 0 && should.length > 0) return should.flatMap(opened)
  return must.length === 1 && should.length === 0 ? opened(must[0]!) : [condition]
}

/** The values of which a check wants one, null where it asks anything else. */
function wantedValues({ match, range, geo, valuesCount, isEmpty, isNull }: FieldCheck): (string | number)[] | null {
  if (range || geo || valuesCount || isEmpty !== null || isNull !== null) return null
  if (match?.kind === 'any') return [...match.values]
  return match?.kind === 'value' && typeof match.value !== 'boolean' ? [match.value] : null
}

/** What an index may hold or not is not mixed, because an index answers for all values of a condition or for none. */
function commonKind(values: readonly (string | number)[]): string | null {
  const kinds = new Set(
    values.map((value) => (typeof value === 'number' ? 'number' : parseUuid(value) ? 'uuid' : 'text')),
  )
  return kinds.size === 1 ? [...kinds][0]! : null
}
