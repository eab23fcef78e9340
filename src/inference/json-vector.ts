import type { PlainVector } from '../vectors/plain-vector.js'
import { vectorJson } from '../vectors/vector-json.js'
import type { Multivector, Vector } from '../vectors.js'

/** In the fewest digits that read back as the same float32; `JSON.stringify` would write 17 of its float64 form. */
export function toJsonVector(vector: Vector): PlainVector {
  return JSON.parse(vectorJson(vector)) as PlainVector
}

/** A vector as it can be sent: typed arrays, which JSON would write as objects, as lists, and no multivector that a server mistakes. */
export function toServerVector(value: unknown): unknown {
  return protectMultivector(toPlain(value))
}

function toPlain(value: unknown): unknown {
  if (value instanceof Float32Array && value.every(Number.isFinite)) return toJsonVector(value)
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
  if (Array.isArray(value)) return value.some((row) => ArrayBuffer.isView(row)) ? value.map(toPlain) : value
  if (typeof value !== 'object' || value === null) return value
  if (isFlatMultivector(value)) {
    const { rows, dimension, values } = value
    return Array.from({ length: rows }, (_, row) => toPlain(values.subarray(row * dimension, (row + 1) * dimension)))
  }
  if (!('indices' in value && 'values' in value)) return value
  const { indices, values } = value
  return ArrayBuffer.isView(indices) || ArrayBuffer.isView(values)
    ? { ...value, indices: toPlain(indices), values: toPlain(values) }
    : value
}

/** A multivector as the embedding classes give it. */
export function isFlatMultivector(value: object): value is Multivector {
  return 'rows' in value && 'values' in value && value.values instanceof Float32Array
}

/**
 * A multivector that Qdrant cannot mistake: one of two rows, the first of whole non-negative numbers, is read by a server as the sparse
 * vector { indices, values }. A decimal point in the first number rules that out. The text is written by Qdrant's own client, which gets numbers, so
 * the number is moved by less than float32 can tell; all other values stay.
 */
export function protectMultivector(value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 2 || !Array.isArray(value[0])) return value
  const [first, ...rest] = value[0] as unknown[]
  if (![first, ...rest].every((number) => Number.isInteger(number) && (number as number) >= 0)) return value
  return [[moveOffInteger(first as number), ...rest], value[1]]
}

/** A float64 just above, or next to nothing for 0: neither is written as a whole number, and both are the same float32 as before. */
function moveOffInteger(value: number): number {
  return value === 0 ? 1e-50 : value * (1 + Number.EPSILON)
}
