import { isMissing, isObject, type JsonObject } from '../../options.js'
import { invalid, malformed } from './refusal.js'

/** @throws StoreError `REQUEST_REFUSED` */
export function expectObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw malformed(`invalid type: expected ${what}, got ${describe(value)}`)
  return value
}

/** @throws StoreError `REQUEST_REFUSED` */
export function expectString(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`invalid type: expected ${what} as a string, got ${describe(value)}`)
  return value
}

/** @throws StoreError `REQUEST_REFUSED` */
export function expectNumber(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw malformed(`invalid type: expected ${what} as a finite number, got ${describe(value)}`)
  }
  return value
}

/** @throws StoreError `REQUEST_REFUSED` */
export function expectArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`invalid type: expected ${what} as a list, got ${describe(value)}`)
  return value
}

/** A whole number of a request, null where it is missing; `path` and `min` as the server's validation names them. */
export function readCount(value: unknown, path: string, min = 0): number | null {
  if (isMissing(value)) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw malformed(`invalid value: ${describe(value)}, expected an unsigned integer for ${path}`)
  }
  if (value < min) throw invalid(path, `value ${value} invalid, must be ${min} or larger`)
  return value
}

/** Refuses keys that the server refuses (`deny_unknown_fields`). */
export function rejectUnknownFields(value: JsonObject, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key) && value[key] !== undefined) {
      throw malformed(`unknown field \`${key}\`, expected one of ${known.map((name) => `\`${name}\``).join(', ')}`)
    }
  }
}

/** A value in few words, for an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `${typeof value} ${String(value)}`
}
