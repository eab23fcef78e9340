import type { EncodedBatch } from '../../encoders/encoder.js'
import { given } from '../../options.js'
import { plainRows, plainSparse } from '../../vectors/plain-vector.js'
import { denseAt, multivectorAt, sparseAt } from '../../vectors.js'

/** One query's vectors in the arrays of Qdrant's JSON. */
export interface QueryVectors {
  readonly dense?: number[]
  readonly bm25?: { indices: number[]; values: number[] }
  readonly late?: number[][]
}

/** Query i of an encoded batch as plain arrays. */
export function queryVectors(batch: EncodedBatch, i: number): QueryVectors {
  return given({
    dense: batch.dense && Array.from(denseAt(batch.dense, i)),
    bm25: batch.sparse && plainSparse(sparseAt(batch.sparse, i)),
    late: batch.late && plainRows(multivectorAt(batch.late, i)),
  })
}
