import { InputError } from '../../errors.js'
import { isObject, type JsonObject, shown } from '../../options.js'

/** @throws InputError `INVALID_REQUEST` unless the value is a JSON object */
export function bodyObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value
  throw invalidRequest(`${what}: expected an object, got ${shown(value)}`)
}

/** A string of a body. @throws InputError `INVALID_REQUEST` */
export function bodyString(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw invalidRequest(`${what}: expected a string, got ${shown(value)}`)
}

/** A list of strings of a body. @throws InputError `INVALID_REQUEST` naming the first element that is none */
export function bodyStrings(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) throw invalidRequest(`${what}: expected a list of strings, got ${shown(value)}`)
  return value.map((each, i) => bodyString(each, `${what}[${i}]`))
}

/** One of several values, `otherwise` where it is missing. @throws InputError `INVALID_REQUEST` */
export function bodyChoice<T extends string | boolean>(
  body: JsonObject,
  name: string,
  choices: readonly T[],
  otherwise: NoInfer<T>,
): T {
  const value = body[name] ?? otherwise
  if (choices.includes(value as T)) return value as T
  const listed = choices.map((choice) => JSON.stringify(choice)).join(' or ')
  throw invalidRequest(`${name}: expected ${listed}, got ${shown(value)}`)
}

/** A whole number within a range, `otherwise` where it is missing. @throws InputError `INVALID_REQUEST` */
export function bodyCount(body: JsonObject, name: string, max: number, otherwise: number): number {
  const value = body[name] ?? otherwise
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max) return value as number
  throw invalidRequest(`${name}: expected a whole number from 1 to ${max}, got ${shown(value)}`)
}

/** Refuses fields that nobody reads. @throws InputError `UNKNOWN_FIELD` */
export function rejectUnknownBodyFields(body: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new InputError('UNKNOWN_FIELD', `Unknown field "${unknown}"; expected some of ${known.join(', ')}.`)
}

export function invalidRequest(what: string): InputError {
  return new InputError('INVALID_REQUEST', `${what}.`)
}
