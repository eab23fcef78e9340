import { type Multivector, multivectorAt } from '../vectors.js'
import type { TextOutcome } from './text-outcome.js'
import { toArray } from './to-array.js'
import { separate, VectorBatch } from './vector-batch.js'

/** Token embeddings: vector i owns the rows from `offsets[i]` to `offsets[i + 1]` of float32 [rows, dimension]. */
export class Multivectors extends VectorBatch<Multivector, number[][]> {
  /** Rows of all texts together. */
  readonly rows: number
  readonly dimension: number
  /** uint32 [length + 1] */
  readonly offsets: Uint32Array
  /** float32 [rows, dimension] */
  readonly values: Float32Array

  constructor(outcomes: readonly TextOutcome[], dimension: number) {
    const { encoded, errors } = separate(outcomes)
    super(encoded, errors)
    const vectors = encoded.map(({ batch, at }) => multivectorAt(batch.late!, at))
    this.dimension = dimension
    this.offsets = new Uint32Array(vectors.length + 1)
    for (const [i, { rows }] of vectors.entries()) this.offsets[i + 1] = this.offsets[i]! + rows
    this.rows = this.offsets.at(-1)!
    this.values = new Float32Array(this.rows * dimension)
    for (const [i, { values }] of vectors.entries()) this.values.set(values, this.offsets[i]! * dimension)
  }

  protected override vectorAt(i: number): Multivector {
    return multivectorAt(this, i)
  }

  /** Plain arrays, as JSON and Qdrant's requests have them. */
  override toArray(): number[][][] {
    return Array.from(this, (vector) => toArray(vector))
  }
}
