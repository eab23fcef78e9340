import { VectorError } from '../../errors.js'
import { isObject } from '../../options.js'
import type { Multivector, SparseVector, Vector } from '../../vectors.js'
import { malformed } from './refusal.js'

export function isSparse(vector: Vector): vector is SparseVector {
  return 'indices' in vector
}

export function isMultivector(vector: Vector): vector is Multivector {
  return 'rows' in vector
}

/** Whether a vector of a point holds nothing: only a sparse one may. */
export function isEmptyVector(vector: Vector): boolean {
  return isSparse(vector) && vector.indices.length === 0
}

/** A copy that outlives later changes of the table that the vector is a view of. */
export function copyVector(vector: Vector): Vector {
  if (isSparse(vector)) return { indices: vector.indices.slice(), values: vector.values.slice() }
  return isMultivector(vector) ? { ...vector, values: vector.values.slice() } : vector.slice()
}

/** Whether a value of a request is meant as a vector: a list, a typed array, or indices with values. */
export function isVectorLike(value: unknown): boolean {
  return isList(value) || isSparseLike(value)
}

function isSparseLike(value: unknown): boolean {
  return isObject(value) && 'indices' in value && 'values' in value
}

/**
 * A vector of a request, in plain arrays or typed ones, as float32 values; sparse indices in ascending order.
 * @param path what the server calls the vector in its validation errors
 * @throws VectorError `VECTOR_NOT_FINITE`, `VECTOR_EMPTY`, `VECTOR_RAGGED`, `VECTOR_TOO_LARGE`, `SPARSE_DUPLICATE_INDEX`, `SPARSE_LENGTH`
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseVector(value: unknown, path: string): Vector {
  if (isObject(value)) {
    if ('rows' in value) return parseMultivector(value as unknown as Multivector, path)
    if (isSparseLike(value)) return parseSparse(value.indices, value.values, path)
  }
  if (Array.isArray(value) && value.some(isList)) {
    return parseRows(value, path)
  }
  if (isVectorLike(value)) return parseDense(value as ArrayLike<unknown>, path)
  throw malformed('data did not match any variant of untagged enum VectorStruct')
}

function parseDense(list: ArrayLike<unknown>, path: string): Float32Array {
  const values = new Float32Array(list.length)
  copyFinite(list, values, 0, path)
  return values
}

function parseRows(rows: readonly unknown[], path: string): Multivector {
  // map would pass over the holes of an array
  const lists = Array.from(rows, (row) => {
    if (!isList(row)) throw malformed('data did not match any variant of untagged enum VectorStruct')
    return row
  })
  const dimension = lists[0]!.length
  if (lists.some((row) => row.length === 0)) {
    throw invalidVector('VECTOR_EMPTY', `${path}.data: all vectors must be non-empty`)
  }
  checkMultivectorSize(
    lists.reduce((sum, row) => sum + row.length, 0),
    path,
  )
  const values = new Float32Array(lists.length * dimension)
  lists.forEach((row, i) => {
    if (row.length !== dimension) {
      const text = `all vectors must have the same dimension, found vector with dimension ${row.length}`
      throw invalidVector('VECTOR_RAGGED', `${path}.data: ${text}`)
    }
    copyFinite(row, values, i * dimension, path)
  })
  return { rows: lists.length, dimension, values }
}

function parseMultivector({ rows, dimension, values }: Multivector, path: string): Multivector {
  if (!(rows > 0 && dimension > 0 && values.length === rows * dimension)) {
    const text = `expected ${rows} rows of ${dimension} values, got ${values.length} values`
    throw invalidVector('VECTOR_RAGGED', `${path}.data: ${text}`)
  }
  checkMultivectorSize(values.length, path)
  const copy = new Float32Array(values.length)
  copyFinite(values, copy, 0, path)
  return { rows, dimension, values: copy }
}

/** Values of all rows are fewer, as on the server. */
const MULTIVECTOR_VALUES = 1_048_576

function checkMultivectorSize(values: number, path: string): void {
  if (values < MULTIVECTOR_VALUES) return
  const text = `Total size of all vectors (${values}) must be less than ${MULTIVECTOR_VALUES}`
  throw invalidVector('VECTOR_TOO_LARGE', `${path}.data: ${text}`)
}

const LARGEST_INDEX = 2 ** 32 - 1

function parseSparse(indices: unknown, values: unknown, path: string): SparseVector {
  if (!isList(indices) || !isList(values)) throw malformed('expected `indices` and `values` as lists of numbers')
  if (indices.length !== values.length) {
    throw invalidVector('SPARSE_LENGTH', `${path}.values: Validation error: must be the same length as indices [{}]`)
  }
  const weights = new Float32Array(values.length)
  copyFinite(values, weights, 0, path)
  const sorted = new Uint32Array(indices.length)
  let isAscending = true
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) > LARGEST_INDEX) {
      throw malformed(`invalid value: ${String(index)}, expected a sparse index from 0 to ${LARGEST_INDEX}`)
    }
    sorted[i] = index as number
    if (i > 0 && sorted[i - 1]! >= sorted[i]!) isAscending = false
  }
  return isAscending ? { indices: sorted, values: new Float64Array(weights) } : sortEntries(sorted, weights, path)
}

function sortEntries(indices: Uint32Array, weights: Float32Array, path: string): SparseVector {
  const order = Array.from(indices, (_, i) => i).sort((a, b) => indices[a]! - indices[b]!)
  const sorted = Uint32Array.from(order, (i) => indices[i]!)
  if (sorted.some((index, i) => i > 0 && index === sorted[i - 1])) {
    throw invalidVector('SPARSE_DUPLICATE_INDEX', `${path}.indices: Validation error: must be unique [{}]`)
  }
  return { indices: sorted, values: Float64Array.from(order, (i) => weights[i]!) }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)
}

function copyFinite(from: ArrayLike<unknown>, to: Float32Array, at: number, path: string): void {
  for (let i = 0; i < from.length; i++) {
    const value = from[i]
    if (typeof value !== 'number') throw malformed('data did not match any variant of untagged enum VectorStruct')
    to[at + i] = value
    if (!Number.isFinite(to[at + i])) {
      throw new VectorError(
        'VECTOR_NOT_FINITE',
        `Format error in JSON body: ${path} holds ${value} at ${i}; every value must be finite in float32.`,
      )
    }
  }
}

/** 422: a vector that no collection takes. */
function invalidVector(code: string, text: string): VectorError {
  return new VectorError(code, `Validation error in JSON body: [${text}]`, { status: 422 })
}

/** Vectors of a point by name, as they came; a bare one has the empty name. */
export function parseVectors(value: unknown, where: string): Record<string, Vector> {
  if (isVectorLike(value) && !isObject(value)) return { '': parseStored(value, where) }
  if (!isObject(value)) throw malformed('data did not match any variant of untagged enum VectorStruct')
  return Object.fromEntries(Object.entries(value).map(([name, vector]) => [name, parseStored(vector, where)]))
}

/** A query may be an empty vector, of which only the dimension is wrong; a point may not have one. */
function parseStored(value: unknown, where: string): Vector {
  const vector = parseVector(value, where)
  if (vector instanceof Float32Array && vector.length === 0) {
    throw invalidVector('VECTOR_EMPTY', `${where}.vector: dense vector must not be empty`)
  }
  return vector
}
