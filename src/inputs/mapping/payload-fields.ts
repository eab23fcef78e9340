import { STORED_FIELDS } from '../../document.js'
import type { DocumentMapping } from './document-mapping.js'
import { findField, withoutField } from './find-field.js'

/**
 * A record's fields as payload: those that are kept, with the id; an own field `document` that is not part of the text becomes `document_2`,
 * since the text is stored under that name.
 * @param text the text, and the fields that it was made of
 */
export function keepFields(
  record: Record<string, unknown>,
  { fields, exclude = [] }: DocumentMapping,
  id: string | null,
  { text, used }: { readonly text: string; readonly used: readonly string[] },
): Record<string, unknown> {
  let payload = fields === undefined ? record : pickFields(record, id === null ? fields : [id, ...fields])
  for (const path of exclude) if (!isSameField(path, id)) payload = withoutField(payload, path)
  if (!Object.hasOwn(payload, STORED_FIELDS.text)) return payload
  const isText = payload[STORED_FIELDS.text] === text || used.some((path) => isSameField(path, STORED_FIELDS.text))
  return isText ? payload : renameField(payload, STORED_FIELDS.text)
}

function isSameField(path: string, other: string | null): boolean {
  return path.toLowerCase() === other?.toLowerCase()
}

function pickFields(record: Record<string, unknown>, paths: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const path of paths) {
    const field = findField(record, path)
    if (field === null) continue
    if (field.owner === record) {
      define(picked, field.name, record[field.name])
      continue
    }
    // of a nested field its parents, without what is beside it
    let [from, to]: [Record<string, unknown>, Record<string, unknown>] = [record, picked]
    for (const step of path.split('.').slice(0, -1)) {
      const { name } = findField(from, step)!
      const inner = Object.hasOwn(to, name) ? to[name] : {}
      define(to, name, inner)
      from = from[name] as Record<string, unknown>
      to = inner as Record<string, unknown>
    }
    if (to !== from) define(to, field.name, field.owner[field.name])
  }
  return picked
}

/** A payload with a field under the first free name of `document_2`, `document_3`, … */
export function renameField(payload: Record<string, unknown>, field: string): Record<string, unknown> {
  const name = freeName(payload, field)
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key === field ? name : key, value]))
}

function freeName(payload: object, field: string): string {
  for (let n = 2; ; n++) if (!Object.hasOwn(payload, `${field}_${n}`)) return `${field}_${n}`
}

/** Assigning would take `__proto__` for the prototype. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}
