import { InputError, optionError } from './errors.js'

/** An object as JSON has it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with named fields: no list, no typed array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** The value if it is an object with named fields, else null. */
export function asObject(value: unknown): JsonObject | null {
  return isObject(value) ? value : null
}

/** The object that a JSON text holds; null where it holds none. */
export function jsonObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return null
  }
}

/** The fields that have a value: one that is undefined is not there at all. */
export function given<T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

/** Whether nothing was given; JSON has null for that. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

/**
 * Refuses options that nobody reads: a typo must not be silently ignored, nor must what is no object of options.
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function rejectUnknownOptions(options: object, known: readonly string[], where: string): void {
  requireObject(where, 'options', options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new InputError('UNKNOWN_OPTION', `${where}: unknown option "${key}"; expected one of ${known.join(', ')}.`)
    }
  }
}

/** Whether a value is a whole number from `least` on. */
export function isWholeNumber(value: unknown, least = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

/** The object that was given. @throws InputError `INVALID_OPTION` unless it is one, with named fields */
export function requireObject<T>(where: string, name: string, value: T): T {
  if (isObject(value)) return value
  throw invalidOption(where, name, 'an object', value)
}

/** Whether `for await` can go through a value; a string, whose characters it would be, and an array that was transferred do not count. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView) && !isDetached(value)
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** Whether an array's buffer was transferred to another thread. Node 20 has no `ArrayBuffer.prototype.detached`. */
function isDetached(array: ArrayBufferView): boolean {
  if (array.byteLength > 0) return false
  try {
    array.buffer.slice(0, 0)
    return false
  } catch {
    return true
  }
}

/** @throws InputError `INVALID_OPTION` unless the value can be gone through */
export function requireIterable(where: string, name: string, value: unknown): void {
  if (!isIterable(value)) throw invalidOption(where, name, 'a list or a stream (iterable or async iterable)', value)
}

/** The list that was given. @throws InputError `INVALID_OPTION` unless it is one */
export function requireList<T>(where: string, name: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value
  throw invalidOption(where, name, 'a list', value)
}

/** @throws InputError `INVALID_OPTION` unless the value is a string or left out */
export function requireString(where: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return
  throw invalidOption(where, name, 'a string', value)
}

/** @throws InputError `INVALID_OPTION` unless the value is one of those allowed or left out */
export function requireChoice(where: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw invalidOption(where, name, allowed.map((each) => JSON.stringify(each)).join(' or '), value)
}

/** @throws InputError `INVALID_OPTION` unless the value is a whole number in a range, or left out */
export function requireCount(
  where: string,
  name: string,
  value: unknown,
  min = 1,
  max = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (isWholeNumber(value, min) && value <= max)) return
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`
  throw invalidOption(where, name, `a whole number ${range}`, value)
}

/**
 * For the constructor of a class that `create` or `open` makes, since a constructor opens nothing; types alone do not keep JavaScript from it.
 * @param isMade whether what only the factory has was given
 * @throws InputError `NOT_CONSTRUCTIBLE`
 */
export function refuseNew(isMade: boolean, name: string, factory: string): void {
  if (isMade) return
  throw new InputError('NOT_CONSTRUCTIBLE', `Expected await ${name}.${factory}, got new ${name}().`)
}

/** An option that has a value of the wrong kind. */
export function invalidOption(where: string, name: string, expected: string, value: unknown): InputError {
  return optionError(`${where}: expected ${name} to be ${expected}, got ${shown(value)}.`)
}

/** Characters of a string that a message repeats. */
const SHOWN_CHARACTERS = 80

/** A value in few words, for the message of an error. Throws for none, as `JSON.stringify` and templates do for some. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value)
  }
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'a list' : 'an object'
}
