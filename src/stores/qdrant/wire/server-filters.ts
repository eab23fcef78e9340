import { isLongInteger } from '../../../inputs/json/exact-json.js'
import { asObject, isObject, type JsonObject } from '../../../options.js'

/**
 * A request whose filters a server takes, where they have integers beyond 2^53, which are strings of their digits here: a list of such strings and of
 * integers becomes two conditions, and a bound of a range the number next to it, as the server would read it. All else is as it was.
 */
export function toServerFilters(request: unknown): unknown {
  return toServer(request, [])
}

/** @param above what it stands in; what stands in itself is left to whoever writes it as JSON, and refuses it */
function toServer(value: unknown, above: readonly unknown[]): unknown {
  if (above.includes(value)) return value
  const inside = [...above, value]
  if (Array.isArray(value)) {
    return typeof value[0] === 'object' ? value.map((each) => toServer(each, inside)) : value
  }
  if (!isObject(value) || 'toJSON' in value) return value
  const fields = Object.entries(value).map(([name, each]) => [name, toServer(each, inside)] as const)
  const copy: JsonObject = Object.fromEntries(fields)
  return typeof copy.key === 'string' ? splitMatch(withNumbers(copy)) : copy
}

function withNumbers(condition: JsonObject): JsonObject {
  const range = asObject(condition.range)
  if (range === null || !Object.values(range).some(isLongInteger)) return condition
  const bounds = Object.entries(range).map(([name, bound]) => [name, isLongInteger(bound) ? Number(bound) : bound])
  return { ...condition, range: Object.fromEntries(bounds) }
}

function splitMatch(condition: JsonObject): JsonObject {
  const match = asObject(condition.match)
  const kind = match === null ? undefined : (['any', 'except'] as const).find((name) => Array.isArray(match[name]))
  if (kind === undefined || Object.keys(condition).length > 2) return condition
  const values = match![kind] as unknown[]
  const [texts, numbers] = [values.filter(isLongInteger), values.filter(Number.isInteger)]
  if (texts.length === 0 || numbers.length === 0 || texts.length + numbers.length < values.length) return condition
  const conditions = [texts, numbers].map((list) => ({ ...condition, match: { [kind]: list } }))
  return { [kind === 'any' ? 'should' : 'must']: conditions }
}
