/** A field by the object that owns it. */
export interface FoundField {
  readonly owner: Record<string, unknown>
  readonly name: string
}

/**
 * Finds a record's field, or null. The path's dots lead into nested objects (`meta.title`), but a field whose name is the whole path wins.
 * Only own fields count: `constructor` is not found in `{}`.
 */
export function findField(record: object, path: string): FoundField | null {
  if (Object.hasOwn(record, path)) return { owner: record as Record<string, unknown>, name: path }
  const names = path.split('.')
  const name = names.pop()!
  let owner: unknown = record
  for (const step of names) {
    if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, step)) return null
    owner = (owner as Record<string, unknown>)[step]
  }
  if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, name)) return null
  return { owner: owner as Record<string, unknown>, name }
}

/** The value of a field that {@link findField} finds, or undefined. */
export function fieldValue(record: object, path: string): unknown {
  const field = findField(record, path)
  return field?.owner[field.name]
}
