import { denseAt } from '../vectors.js'
import { type OutputArrays, type OutputType, outputLength, toOutput } from './output-vector.js'
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

  constructor(outcomes: readonly TextOutcome[], dimension: number, type: T) {
    const { encoded, errors } = separate(outcomes)
    super(encoded, errors)
    this.rows = encoded.length
    this.dimension = dimension
    this.rowLength = outputLength(dimension, type)
    const joined = newArray(type, this.rows * this.rowLength)
    for (const [i, { batch, at }] of encoded.entries()) {
      joined.set(toOutput(denseAt(batch.dense!, at), type), i * this.rowLength)
    }
    this.values = joined as OutputArrays[T]
  }

  override at(i: number): OutputArrays[T] {
    return this.values.subarray(i * this.rowLength, (i + 1) * this.rowLength) as OutputArrays[T]
  }

  override toArray(): number[][] {
    return Array.from(this, (vector) => toArray(vector))
  }
}

function newArray(type: OutputType, length: number): OutputArrays[OutputType] {
  switch (type) {
    case 'float32':
      return new Float32Array(length)
    case 'float16':
      return new Uint16Array(length)
    case 'int8':
      return new Int8Array(length)
    case 'binary':
      return new Uint8Array(length)
  }
}
