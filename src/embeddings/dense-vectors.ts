import { type OutputType, quantizeDense } from '../vectors/quantize-dense.js'
import { denseAt } from '../vectors.js'
import { type OutputArrays, outputLength } from './output-vector.js'
import type { TextOutcome } from './text-outcome.js'
import { toArray } from './to-array.js'
import { separate, VectorBatch } from './vector-batch.js'

/** Dense vectors, one for each text: `values` is [rows, rowLength]. */
export class DenseVectors<T extends OutputType = 'float32'> extends VectorBatch<OutputArrays[T], number[]> {
  /** The same as `length`. */
  readonly rows: number
  readonly dimension: number
  /** Elements of a row: `dimension`, of binary vectors an eighth of it. */
  readonly rowLength: number
  readonly values: OutputArrays[T]
  /** Of int8 vectors: a value times its row's scale is the model's number; float32 [rows]. Null otherwise. */
  readonly scales: Float32Array | null

  constructor(outcomes: readonly TextOutcome[], dimension: number, type: T) {
    const { encoded, errors } = separate(outcomes)
    super(encoded, errors)
    this.rows = encoded.length
    this.dimension = dimension
    this.rowLength = outputLength(dimension, type)
    const joined = new Float32Array(this.rows * dimension)
    for (const [i, { batch, at }] of encoded.entries()) joined.set(denseAt(batch.dense!, at), i * dimension)
    const output = quantizeDense({ dimension, values: joined }, type)
    this.values = output.values as OutputArrays[T]
    this.scales = output.type === 'int8' ? output.scales : null
  }

  protected override vectorAt(i: number): OutputArrays[T] {
    return this.values.subarray(i * this.rowLength, (i + 1) * this.rowLength) as OutputArrays[T]
  }

  /** Plain arrays, as JSON and Qdrant's requests have them. */
  override toArray(): number[][] {
    return Array.from(this, (vector) => toArray(vector))
  }
}
