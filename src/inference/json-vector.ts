import type { EncodedBatch } from '../encoders/encoder.js'
import { denseAt, type Multivector, multivectorAt, sparseAt } from '../vectors.js'

/** A vector as Qdrant's JSON has it. */
export type JsonVector = number[] | number[][] | { indices: number[]; values: number[] }

/** Vector i of a batch that holds one kind of vectors. */
export function toJsonVector(batch: EncodedBatch, i: number, kind: 'dense' | 'sparse' | 'late'): JsonVector {
  if (kind === 'dense') return Array.from(denseAt(batch.dense!, i), shortenFloat)
  if (kind === 'sparse') {
    const { indices, values } = sparseAt(batch.sparse!, i)
    return { indices: Array.from(indices), values: Array.from(values) }
  }
  return toRows(multivectorAt(batch.late!, i))
}

function toRows({ rows, dimension, values }: Multivector): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * dimension, (row + 1) * dimension), shortenFloat),
  )
}

/** A vector as it can be sent: typed arrays, which JSON would write as objects, as lists, and no multivector that a server mistakes. */
export function toServerVector(value: unknown): unknown {
  return protectMultivector(toPlain(value))
}

function toPlain(value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value, shortenFloat)
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
  if (Array.isArray(value)) return value.some((row) => ArrayBuffer.isView(row)) ? value.map(toPlain) : value
  if (typeof value !== 'object' || value === null) return value
  if (isFlatMultivector(value)) return toRows(value)
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

/** Powers of ten, from 10^0; a value so large or small that it needs another is left as it is. */
const POWERS = Array.from({ length: 54 }, (_, i) => Number(`1e${i}`))

/**
 * A number near a float32 that reads back as the same float32 in 7 to 9 significant digits, which identify any; JSON would write 17 of its
 * float64 form.
 */
export function shortenFloat(value: number): number {
  const exponent = Math.floor(Math.log10(Math.abs(value)))
  for (let digits = 7; digits <= 9; digits++) {
    const scale = POWERS[digits - 1 - exponent] ?? Number.NaN
    const short = Math.round(value * scale) / scale
    if (Math.fround(short) === value) return short
  }
  return value
}

/**
 * A multivector that Qdrant cannot mistake: one of two rows, the first of whole non-negative numbers, is read by a server as the sparse
 * vector { indices, values }. A fraction in the first number rules that out, so it is moved by less than float32 can tell; all other values stay.
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
