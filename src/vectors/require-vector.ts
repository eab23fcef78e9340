import { VectorError } from '../errors.js'
import { isWholeNumber, shown } from '../options.js'

/**
 * Checks what a caller gave as a vector of any kind; `indices` tell a sparse one, `rows` a multivector.
 * @throws VectorError `VECTOR_KIND`, `VECTOR_EMPTY`, `VECTOR_DIMENSION`, `SPARSE_LENGTH`
 */
export function requireVector(where: string, value: unknown): void {
  const isObject = typeof value === 'object' && value !== null
  if (isObject && 'indices' in value) requireSparse(where, value)
  else if (isObject && 'rows' in value) requireRows(where, value)
  else requireDense(where, value)
}

/**
 * Checks what a caller gave as a dense vector.
 * @throws VectorError `VECTOR_KIND` unless it is a typed array of numbers; `VECTOR_EMPTY` if it has none, as after its buffer was transferred
 */
function requireDense(where: string, value: unknown): void {
  const isNumbers =
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array)
  if (!isNumbers) throw wrongKind(where, 'a vector (a typed array, { indices, values } or { rows, … })', value)
  if (value.byteLength > 0) return
  throw new VectorError(
    'VECTOR_EMPTY',
    `${where}: expected numbers, got an empty array. Was its buffer transferred to another thread?`,
  )
}

/**
 * Checks what a caller gave as a sparse vector; one without entries is fine.
 * @throws VectorError `VECTOR_KIND`, `SPARSE_LENGTH`
 */
function requireSparse(where: string, value: object): void {
  const { indices, values } = value as Readonly<Record<string, unknown>>
  if (!isList(indices) || !isList(values)) throw wrongKind(where, '{ indices, values }, two arrays', value)
  if (indices.length === values.length) return
  throw new VectorError(
    'SPARSE_LENGTH',
    `${where}: expected as many values as indices, got ${values.length} and ${indices.length}.`,
  )
}

/**
 * Checks what a caller gave as a multivector; one without rows is fine.
 * @throws VectorError `VECTOR_KIND`, `VECTOR_DIMENSION`
 */
export function requireRows(where: string, value: unknown): void {
  const isObject = typeof value === 'object' && value !== null
  const { rows, dimension, values } = (isObject ? value : {}) as Readonly<Record<string, unknown>>
  if (!isWholeNumber(rows) || !isWholeNumber(dimension) || !isList(values)) {
    throw wrongKind(where, '{ rows, dimension, values }, values of rows × dimension numbers', value)
  }
  if (values.length === rows * dimension) return
  throw new VectorError(
    'VECTOR_DIMENSION',
    `${where}: expected ${rows} × ${dimension} values, got ${values.length}. An array whose buffer was transferred is empty.`,
  )
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value)
}

function wrongKind(where: string, expected: string, value: unknown): VectorError {
  return new VectorError('VECTOR_KIND', `${where}: expected ${expected}, got ${shown(value)}.`)
}
