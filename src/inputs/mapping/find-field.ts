/** A field by the object that owns it. */
export interface FoundField {
  readonly owner: Record<string, unknown>
  readonly name: string
}

/**
 * Finds a record's field, or null. The path's dots lead into nested objects (`meta.title`), but a field whose name is the whole path wins.
 * A name is found in any letter case; where it is there as it is written, that one is taken.
 * Only own fields count: `constructor` is not found in `{}`.
 */
export function findField(record: object, path: string): FoundField | null {
  const whole = ownName(record, path)
  if (whole !== null) return { owner: record as Record<string, unknown>, name: whole }
  const dot = path.indexOf('.')
  if (dot < 0) return null
  let owner: unknown = record
  const names = path.split('.')
  const last = names.pop()!
  for (const step of names) {
    const name = typeof owner === 'object' && owner !== null ? ownName(owner, step) : null
    if (name === null) return null
    owner = (owner as Record<string, unknown>)[name]
  }
  const name = typeof owner === 'object' && owner !== null ? ownName(owner, last) : null
  return name === null ? null : { owner: owner as Record<string, unknown>, name }
}

/** The value of a field that {@link findField} finds, or undefined. */
export function fieldValue(record: object, path: string): unknown {
  const field = findField(record, path)
  return field?.owner[field.name]
}

/** The first of several names that a record has as a field: as it is written, else in any letter case. */
export function firstField(
  record: object,
  names: readonly string[],
  isWanted: (value: unknown) => boolean = () => true,
): string | null {
  const own = record as Record<string, unknown>
  const exact = names.find((name) => Object.hasOwn(record, name) && isWanted(own[name]))
  if (exact !== undefined) return exact
  const byName = new Map<string, string>()
  for (const key in own) {
    if (!Object.hasOwn(own, key) || key.length > LONGEST_KNOWN || !isWanted(own[key])) continue
    const lower = key.toLowerCase()
    if (!byName.has(lower)) byName.set(lower, key)
  }
  for (const name of names) {
    const key = byName.get(name)
    if (key !== undefined) return key
  }
  return null
}

/** Longer than every name that is looked for by {@link firstField}. */
const LONGEST_KNOWN = 40

/** The record's own field of that name, in any letter case, or null. */
function ownName(record: object, name: string): string | null {
  if (Object.hasOwn(record, name)) return name
  if (Array.isArray(record)) return null
  const lower = name.toLowerCase()
  for (const key in record) {
    if (key.length === name.length && key.toLowerCase() === lower && Object.hasOwn(record, key)) return key
  }
  return null
}

/** A copy of a record without the field that {@link findField} finds. */
export function withoutField(record: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const whole = ownName(record, path)
  if (whole !== null) {
    const { [whole]: _, ...rest } = record
    return rest
  }
  if (findField(record, path) === null) return record as Record<string, unknown>
  const dot = path.indexOf('.')
  const name = ownName(record, path.slice(0, dot))!
  const inner = record[name]
  // an element of a list stays: what is behind it would move up
  if (Array.isArray(inner)) return record as Record<string, unknown>
  return { ...record, [name]: withoutField(inner as Record<string, unknown>, path.slice(dot + 1)) }
}
