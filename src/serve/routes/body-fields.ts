import { InputError } from '../../errors.js'
import { isObject, isWholeNumber, type JsonObject, shown } from '../../options.js'
import type { Call } from '../http/route-table.js'
import type { BodySchema } from './documented-route.js'

/** @throws InputError `INVALID_REQUEST` unless the value is a JSON object */
export function bodyObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value
  throw invalidRequest(`${what}: expected an object, got ${shown(value)}`)
}

/** A string of a body. @throws InputError `INVALID_REQUEST` */
export function bodyString(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw invalidRequest(`${what}: expected a string, got ${value === undefined ? 'nothing' : shown(value)}`)
}

/** A string that may be missing. @throws InputError `INVALID_REQUEST` */
export function optionalString(body: JsonObject, name: string): string | undefined {
  return body[name] === undefined ? undefined : bodyString(body[name], name)
}

/** A list of strings of a body. @throws InputError `INVALID_REQUEST` naming the first element that is none */
export function bodyStrings(value: unknown, what: string): string[] {
  if (!Array.isArray(value))
    throw invalidRequest(`${what}: expected a list of strings, got ${value === undefined ? 'nothing' : shown(value)}`)
  return value.map((each, i) => bodyString(each, `${what}[${i}]`))
}

/** Some of several values, in the order of those. @throws InputError `INVALID_REQUEST` */
export function bodySome<T extends string>(value: unknown, what: string, allowed: readonly T[]): T[] {
  const names = bodyStrings(value, what)
  const wrong = names.find((name) => !allowed.includes(name as T))
  if (wrong !== undefined) throw invalidRequest(`${what}: expected some of ${allowed.join(', ')}, got "${wrong}"`)
  return allowed.filter((each) => names.includes(each))
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
  if (isWholeNumber(value, 1) && value <= max) return value
  throw invalidRequest(`${name}: expected a whole number from 1 to ${max}, got ${shown(value)}`)
}

/** A text, or a list of them that is not empty. @throws InputError `INVALID_REQUEST` */
export function bodyTexts(value: unknown, what: string): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && (typeof value[0] === 'number' || Array.isArray(value[0]))) {
    throw invalidRequest(`${what}: expected texts, got token ids, which are those of another tokenizer`)
  }
  const texts = bodyStrings(value, what)
  if (texts.length === 0) throw invalidRequest(`${what}: expected at least one text, got none`)
  return texts
}

/**
 * The fields of a request that have a meaning here. Those with null say nothing, and are as if they were not there.
 * @throws InputError `INVALID_REQUEST`; `UNKNOWN_FIELD` for a field that nobody knows
 */
export async function readBodyFields(call: Call, { properties, isOpen = false }: BodySchema): Promise<JsonObject> {
  const given = Object.entries(bodyObject(await call.json(), 'The request')).filter(([, value]) => value !== null)
  const isKnown = (name: string) => Object.hasOwn(properties, name)
  const unknown = given.find(([name]) => !isKnown(name))
  if (unknown !== undefined && !isOpen) {
    const known = Object.keys(properties).filter((name) => properties[name]!['x-ignored'] !== true)
    throw new InputError('UNKNOWN_FIELD', `Unknown field "${unknown[0]}"; expected some of ${known.join(', ')}.`)
  }
  const ignored = given.map(([name]) => name).filter((name) => properties[name]?.['x-ignored'] === true)
  if (ignored.length > 0) call.warn(`ignored: ${ignored.join(', ')}`)
  return Object.fromEntries(given.filter(([name]) => isKnown(name) && !ignored.includes(name)))
}

export function invalidRequest(what: string): InputError {
  return new InputError('INVALID_REQUEST', `${what}.`)
}
