import { InputError } from '../../errors.js'

/** A JSON object as it came over the wire. */
export type Body = Readonly<Record<string, unknown>>

/** @throws InputError `INVALID_REQUEST` unless the value is a JSON object */
export function requireObject(value: unknown, what: string): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  throw invalidRequest(`${what}: expected an object, got ${describeValue(value)}`)
}

/** A string of a body. @throws InputError `INVALID_REQUEST` */
export function requireString(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw invalidRequest(`${what}: expected a string, got ${describeValue(value)}`)
}

/** A list of strings of a body. @throws InputError `INVALID_REQUEST` naming the first element that is none */
export function requireStrings(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) throw invalidRequest(`${what}: expected a list of strings, got ${describeValue(value)}`)
  return value.map((each, i) => requireString(each, `${what}[${i}]`))
}

/** One of several values, `otherwise` where it is missing. @throws InputError `INVALID_REQUEST` */
export function readChoice<T extends string | boolean>(
  body: Body,
  name: string,
  choices: readonly T[],
  otherwise: NoInfer<T>,
): T {
  const value = body[name] ?? otherwise
  if (choices.includes(value as T)) return value as T
  const listed = choices.map((choice) => JSON.stringify(choice)).join(' or ')
  throw invalidRequest(`${name}: expected ${listed}, got ${describeValue(value)}`)
}

/** A whole number within a range, `otherwise` where it is missing. @throws InputError `INVALID_REQUEST` */
export function readCount(body: Body, name: string, max: number, otherwise: number): number {
  const value = body[name] ?? otherwise
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max) return value as number
  throw invalidRequest(`${name}: expected a whole number from 1 to ${max}, got ${describeValue(value)}`)
}

/** Refuses fields that nobody reads. @throws InputError `UNKNOWN_FIELD` */
export function rejectUnknownFields(body: Body, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new InputError('UNKNOWN_FIELD', `Unknown field "${unknown}"; expected some of ${known.join(', ')}.`)
}

export function invalidRequest(what: string): InputError {
  return new InputError('INVALID_REQUEST', `${what}.`)
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
