/** The three kinds of vector, one text each, and the flat form in which a batch of them travels. */

/** A dense vector, float32 [dimension]. */
export type DenseVector = Float32Array

/** A sparse vector: `indices` ascending and unique (0 … 2^32−1), `values` float64 of the same length. */
export interface SparseVector {
  readonly indices: Uint32Array
  readonly values: Float64Array
}

/** Token embeddings of one text: `values` is float32 [rows, dimension], row by row. */
export interface Multivector {
  readonly rows: number
  readonly dimension: number
  readonly values: Float32Array
}

/** A vector of any of the three kinds. */
export type Vector = DenseVector | SparseVector | Multivector

/** Dense vectors of a batch: `values` is float32 [texts, dimension]. */
export interface DenseBatch {
  readonly dimension: number
  readonly values: Float32Array
}

/** Sparse vectors of a batch: text i owns `indices` and `values` from `offsets[i]` to `offsets[i + 1]`. */
export interface SparseBatch {
  readonly offsets: Uint32Array
  readonly indices: Uint32Array
  readonly values: Float64Array
}

/** Multivectors of a batch: text i owns the rows from `offsets[i]` to `offsets[i + 1]` of float32 [rows, dimension]. */
export interface MultivectorBatch {
  readonly dimension: number
  readonly offsets: Uint32Array
  readonly values: Float32Array
}

/** Vector i of a batch, a view without a copy. */
export function denseAt(batch: DenseBatch, i: number): DenseVector {
  return batch.values.subarray(i * batch.dimension, (i + 1) * batch.dimension)
}

/** Sparse vector i of a batch, a view without a copy. */
export function sparseAt(batch: SparseBatch, i: number): SparseVector {
  const begin = batch.offsets[i]!
  const end = batch.offsets[i + 1]!
  return { indices: batch.indices.subarray(begin, end), values: batch.values.subarray(begin, end) }
}

/** Multivector i of a batch, a view without a copy. */
export function multivectorAt(batch: MultivectorBatch, i: number): Multivector {
  const begin = batch.offsets[i]!
  const end = batch.offsets[i + 1]!
  return {
    rows: end - begin,
    dimension: batch.dimension,
    values: batch.values.subarray(begin * batch.dimension, end * batch.dimension),
  }
}
