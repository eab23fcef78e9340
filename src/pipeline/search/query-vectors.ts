import type { EncodedBatch } from '../../encoders/encoder.js'
import { denseAt, multivectorAt, sparseAt } from '../../vectors.js'

/** One query's vectors in the arrays of Qdrant's JSON. */
export interface QueryVectors {
  readonly dense?: number[]
  readonly bm25?: { indices: number[]; values: number[] }
  readonly late?: number[][]
}

/** Query i of an encoded batch as plain arrays. */
export function queryVectors(batch: EncodedBatch, i: number): QueryVectors {
  const sparse = batch.sparse && sparseAt(batch.sparse, i)
  const late = batch.late && multivectorAt(batch.late, i)
  return {
    ...(batch.dense && { dense: Array.from(denseAt(batch.dense, i)) }),
    ...(sparse && { bm25: { indices: Array.from(sparse.indices), values: Array.from(sparse.values) } }),
    ...(late && {
      late: Array.from({ length: late.rows }, (_, row) =>
        Array.from(late.values.subarray(row * late.dimension, (row + 1) * late.dimension)),
      ),
    }),
  }
}
