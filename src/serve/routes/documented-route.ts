import type { Route } from '../http/route-table.js'

/** A schema of JSON, of the draft that OpenAPI 3.1 has. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The fields of a body. They are read by these names and no other: a field that is not here is refused, one with `x-ignored` is known to
 * neighbours of this service, has no meaning here, and is left out with a warning.
 */
export interface BodySchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** Whether fields that nobody knows are passed over in silence. @default false */
  readonly isOpen?: boolean
}

/** A route, and what the OpenAPI document says of it. */
export interface DocumentedRoute extends Route {
  /** A sentence without its full stop. */
  readonly summary: string
  readonly request?: BodySchema
  /** Of an answer in JSON, or the media type of another. */
  readonly answer: JsonSchema | string
}

export const IGNORED: JsonSchema = { 'x-ignored': true }
export const TEXT: JsonSchema = { type: 'string' }
export const TEXTS: JsonSchema = { type: 'array', items: TEXT }
export const TEXT_OR_TEXTS: JsonSchema = { anyOf: [TEXT, TEXTS] }
export const FLAG: JsonSchema = { type: 'boolean' }
export const COUNT: JsonSchema = { type: 'integer', minimum: 1 }
export const TOKENS: JsonSchema = { type: 'integer', minimum: 0 }
export const VECTOR: JsonSchema = { type: 'array', items: { type: 'number' } }

/** A list of values of one kind. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

/** An object of which all fields are there, unless they are named as optional. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required }
}
