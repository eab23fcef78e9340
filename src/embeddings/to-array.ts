import { floatFromHalf } from '../vectors/float16.js'
import type { OutputType } from '../vectors/quantize-dense.js'
import { requireVector } from '../vectors/require-vector.js'
import type { Multivector, SparseVector } from '../vectors.js'
import type { OutputArrays } from './output-vector.js'

type AnyDense = OutputArrays[OutputType]

/**
 * A vector as JSON has it, and Qdrant's requests: `number[]`, `{ indices, values }` or `number[][]`. JSON.stringify makes objects of typed
 * arrays. Half-precision bits (Uint16Array) become the numbers that they stand for; binary vectors stay bytes.
 * @throws VectorError `VECTOR_KIND` for what is no vector, `VECTOR_EMPTY`, `VECTOR_DIMENSION`, `SPARSE_LENGTH`
 * @example toArray(new Float32Array([0.5, 1])) // [0.5, 1]
 */
export function toArray(vector: AnyDense): number[]
export function toArray(vector: SparseVector): { indices: number[]; values: number[] }
export function toArray(vector: Multivector): number[][]
export function toArray(
  vector: AnyDense | SparseVector | Multivector,
): number[] | number[][] | { indices: number[]; values: number[] } {
  requireVector('toArray', vector)
  if ('indices' in vector) return { indices: Array.from(vector.indices), values: Array.from(vector.values) }
  if ('rows' in vector) {
    const { rows, dimension, values } = vector
    return Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * dimension, (row + 1) * dimension)))
  }
  return vector instanceof Uint16Array ? Array.from(vector, floatFromHalf) : Array.from(vector)
}
