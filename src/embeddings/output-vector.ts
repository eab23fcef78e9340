import { type OutputType, quantizeDense } from '../vectors/quantize-dense.js'

/** Array of a dense vector by its output type; `float16` holds the bits of IEEE 754 half precision, `binary` 8 dimensions in a byte. */
export interface OutputArrays {
  readonly float32: Float32Array
  readonly float16: Uint16Array
  readonly int8: Int8Array
  readonly binary: Uint8Array
}

/** Elements of a vector's array: one for each dimension, of `binary` one for 8. */
export function outputLength(dimension: number, type: OutputType): number {
  return type === 'binary' ? Math.ceil(dimension / 8) : dimension
}

/** One float32 vector in a type, in memory of its own, as {@link quantizeDense} makes a batch of them. */
export function toOutput<T extends OutputType>(vector: Float32Array, type: T): OutputArrays[T] {
  if (type === 'float32') return vector.slice() as OutputArrays[T]
  return quantizeDense({ dimension: vector.length, values: vector }, type).values as OutputArrays[T]
}
