import { VectorError } from '../errors.js'
import { shown } from '../options.js'
import type { Multivector, SparseVector, Vector } from '../vectors.js'

/** Rows × dimension of one multivector stay under this on the server. @see Qdrant lib/segment/src/data_types/vectors.rs */
const MAX_MULTIVECTOR_FLOATS = 1_048_576

/** Largest magnitude that stays finite as float32. */
const MAX_FLOAT32 = 3.4028235677973366e38

const LARGEST_INDEX = 2 ** 32 - 1

/**
 * A vector that a caller gave, checked, as the typed arrays in which it travels: those it is made of already are taken as they are, every
 * other array of numbers is copied. Rows of numbers are a multivector, indices with values a sparse vector.
 * @param where names the point and the vector, for the message of an error
 * @throws VectorError `VECTOR_KIND`, `VECTOR_EMPTY`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, `SPARSE_LENGTH`, `VECTOR_RAGGED`, `VECTOR_TOO_LONG`
 */
export function typedVector(value: unknown, where: string): Vector {
  if (isNumberArray(value)) return dense(value, where)
  if (Array.isArray(value)) return isRow(value[0]) ? rows(value, where) : dense(value, where)
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && 'values' in value) {
    if ('indices' in value) return sparse(value.indices, value.values, where)
    if ('rows' in value) return multivector(value as { readonly [K in keyof Multivector]: unknown }, where)
  }
  throw new VectorError(
    'VECTOR_KIND',
    `${where}: expected numbers, rows of numbers, or indices with values, got ${describe(value)}.`,
  )
}

function dense(values: ArrayLike<unknown>, where: string): Float32Array {
  if (values.length === 0) {
    const advice = Array.isArray(values) ? '' : ' A typed array is empty once its buffer was transferred.'
    throw new VectorError('VECTOR_EMPTY', `${where}: expected one value or more, got none.${advice}`)
  }
  return float32(values, where)
}

function rows(list: readonly unknown[], where: string): Multivector {
  const dimension = (list[0] as ArrayLike<unknown>).length
  const values = new Float32Array(checkedSize(list.length, dimension, list.length * dimension, where))
  for (let row = 0; row < list.length; row++) {
    const numbers = list[row]
    if (!isRow(numbers)) {
      throw new VectorError('VECTOR_KIND', `${where}: expected numbers as row ${row}, got ${describe(numbers)}.`)
    }
    if (numbers.length !== dimension) {
      const text = `expected every row to have ${dimension} values as the first, row ${row} has ${numbers.length}`
      throw new VectorError('VECTOR_RAGGED', `${where}: ${text}.`)
    }
    values.set(float32(numbers, `${where}, row ${row}`), row * dimension)
  }
  return { rows: list.length, dimension, values }
}

function multivector(given: { readonly [K in keyof Multivector]: unknown }, where: string): Multivector {
  const { rows, dimension, values } = given
  if (!isRow(values) || !Number.isInteger(rows) || !Number.isInteger(dimension)) {
    const got = `${describe(rows)}, ${describe(dimension)} and ${describe(values)}`
    throw new VectorError('VECTOR_KIND', `${where}: expected rows, dimension and values as numbers, got ${got}.`)
  }
  checkedSize(rows as number, dimension as number, values.length, where)
  return { rows: rows as number, dimension: dimension as number, values: float32(values, where) }
}

/** How many values there are, if so many may be. */
function checkedSize(rows: number, dimension: number, count: number, where: string): number {
  if (rows < 1 || dimension < 1 || count !== rows * dimension) {
    throw new VectorError(
      'VECTOR_RAGGED',
      `${where}: expected one row or more and rows × dimension values, got ${rows} × ${dimension} and ${count} values.`,
    )
  }
  if (count < MAX_MULTIVECTOR_FLOATS) return count
  throw new VectorError(
    'VECTOR_TOO_LONG',
    `${where}: expected less than ${MAX_MULTIVECTOR_FLOATS} values, got ${count}.`,
  )
}

function sparse(indices: unknown, values: unknown, where: string): SparseVector {
  if (!isRow(indices) || !isRow(values)) {
    const got = `${describe(indices)} and ${describe(values)}`
    throw new VectorError('VECTOR_KIND', `${where}: expected indices and values as lists of numbers, got ${got}.`)
  }
  if (indices.length !== values.length) {
    throw new VectorError(
      'SPARSE_LENGTH',
      `${where}: expected as many values as indices (${indices.length}), got ${values.length}.`,
    )
  }
  const places = uint32(indices, where)
  let isAscending = true
  for (let i = 1; i < places.length && isAscending; i++) isAscending = places[i]! > places[i - 1]!
  if (!isAscending && new Set(places).size !== places.length) {
    throw new VectorError('SPARSE_DUPLICATE_INDEX', `${where}: expected every index once, got one twice.`)
  }
  checkNumbers(values, where)
  return { indices: places, values: values instanceof Float64Array ? values : Float64Array.from(values) }
}

function uint32(indices: ArrayLike<unknown>, where: string): Uint32Array {
  if (indices instanceof Uint32Array) return indices
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]
    if (Number.isInteger(index) && (index as number) >= 0 && (index as number) <= LARGEST_INDEX) continue
    throw new VectorError(
      'VECTOR_KIND',
      `${where}: expected whole numbers from 0 to ${LARGEST_INDEX} as indices, got ${shown(index)} at ${i}.`,
    )
  }
  return Uint32Array.from(indices as ArrayLike<number>)
}

function float32(values: ArrayLike<unknown>, where: string): Float32Array {
  checkNumbers(values, where)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

/** A loop over indices, since the methods of an array pass over its holes. */
function checkNumbers(values: ArrayLike<unknown>, where: string): asserts values is ArrayLike<number> {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== 'number') {
      throw new VectorError('VECTOR_KIND', `${where}: expected a number at ${i}, got ${shown(value)}.`)
    }
    // NaN compares false, so that one comparison finds it and the infinities.
    if (Math.abs(value) < MAX_FLOAT32) continue
    throw new VectorError('VECTOR_NOT_FINITE', `${where}: expected finite float32 values, got ${value} at ${i}.`)
  }
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isNumberArray(value)
}

/** A typed array whose elements are numbers: no DataView, and none of bigints. */
function isNumberArray(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && 'length' in value && !isBigIntArray(value)
}

function isBigIntArray(value: unknown): boolean {
  return value instanceof BigInt64Array || value instanceof BigUint64Array
}

function describe(value: unknown): string {
  return ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : shown(value)
}
