import { type SparseVector, sparseAt } from '../vectors.js'
import type { TextOutcome } from './text-outcome.js'
import { toArray } from './to-array.js'
import { separate, VectorBatch } from './vector-batch.js'

/** Sparse vectors: vector i owns `indices` and `values` from `offsets[i]` to `offsets[i + 1]`. */
export class SparseVectors extends VectorBatch<SparseVector, { indices: number[]; values: number[] }> {
  /** uint32 [length + 1] */
  readonly offsets: Uint32Array
  /** uint32, ascending within a vector unless the encoder was told otherwise */
  readonly indices: Uint32Array
  /** float64 */
  readonly values: Float64Array

  constructor(outcomes: readonly TextOutcome[]) {
    const { encoded, errors } = separate(outcomes)
    super(encoded, errors)
    const vectors = encoded.map(({ batch, at }) => sparseAt(batch.sparse!, at))
    this.offsets = new Uint32Array(vectors.length + 1)
    for (const [i, { indices }] of vectors.entries()) this.offsets[i + 1] = this.offsets[i]! + indices.length
    this.indices = new Uint32Array(this.offsets.at(-1)!)
    this.values = new Float64Array(this.offsets.at(-1)!)
    for (const [i, { indices, values }] of vectors.entries()) {
      this.indices.set(indices, this.offsets[i])
      this.values.set(values, this.offsets[i])
    }
  }

  protected override vectorAt(i: number): SparseVector {
    return sparseAt(this, i)
  }

  /** Plain arrays, as JSON and Qdrant's requests have them. */
  override toArray(): { indices: number[]; values: number[] }[] {
    return Array.from(this, (vector) => toArray(vector))
  }
}
