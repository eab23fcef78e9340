import { isObject } from '../../options.js'

/** What is wrong with a value, each line beginning with its path; nothing where it is as it should be. */
export type Shape = (value: unknown, path: string) => readonly string[]

/** Exactly these keys, all optional; null stands for an absent value. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, path) => {
    if (!isObject(value)) return [`${path || 'it'}: expected an object, got ${shortJson(value)}`]
    return Object.entries(value).flatMap(([key, item]) => {
      const at = path === '' ? key : `${path}.${key}`
      const shape = Object.hasOwn(shapes, key) ? shapes[key] : undefined
      if (shape === undefined) return [`${at}: unknown key; expected one of ${Object.keys(shapes).join(', ')}`]
      return item === null ? [] : shape(item, at)
    })
  }
}

/** Any keys, all of one shape. */
export function named(shape: Shape): Shape {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: expected an object by name, got ${shortJson(value)}`]
    return Object.entries(value).flatMap(([key, item]) => shape(item, `${path}.${key}`))
  }
}

/** Exactly one of these keys. */
export function oneOfFields(shapes: Readonly<Record<string, Shape>>): Shape {
  const all = fields(shapes)
  return (value, path) => {
    const problems = all(value, path)
    if (problems.length > 0 || Object.keys(value as object).length === 1) return problems
    return [`${path}: expected one of ${Object.keys(shapes).join(', ')}, got ${Object.keys(value as object).length}`]
  }
}

/** An integer from `min` on. */
export function integer(min: number): Shape {
  return (value, path) =>
    Number.isSafeInteger(value) && (value as number) >= min
      ? []
      : [`${path}: expected an integer from ${min}, got ${shortJson(value)}`]
}

/** A number from `min` to `max`. */
export function number(min: number, max: number): Shape {
  return (value, path) =>
    typeof value === 'number' && value >= min && value <= max
      ? []
      : [`${path}: expected a number from ${min} to ${max}, got ${shortJson(value)}`]
}

export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? [] : [`${path}: expected true or false, got ${shortJson(value)}`]

/** One of a few texts. */
export function choice(...texts: readonly string[]): Shape {
  return (value, path) =>
    texts.includes(value as string) ? [] : [`${path}: expected one of ${texts.join(', ')}, got ${shortJson(value)}`]
}

/** A value as it stands in the file, cut where it is long. */
function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
