import { encodeFloat16 } from '../vectors/float16.js'

/** Array of a dense vector by its output type; `float16` holds the bits of IEEE 754 half precision, `binary` 8 dimensions in a byte. */
export interface OutputArrays {
  readonly float32: Float32Array
  readonly float16: Uint16Array
  readonly int8: Int8Array
  readonly binary: Uint8Array
}

export type OutputType = keyof OutputArrays

export const OUTPUT_TYPES: readonly OutputType[] = ['float32', 'float16', 'int8', 'binary']

const INT8_MAX = 127

/** Elements of a vector's array: one for each dimension, of `binary` one for 8. */
export function outputLength(dimension: number, type: OutputType): number {
  return type === 'binary' ? Math.ceil(dimension / 8) : dimension
}

/**
 * A float32 vector in another type.
 * - `float16`: rounded to nearest, ties to even.
 * - `int8`: each value by 127 / the largest magnitude of the vector, rounded: its direction stays, its length does not.
 * - `binary`: bit 1 where a value is above 0, the first dimension in the highest bit (as numpy.packbits); the rest of the last byte is 0.
 * @param vector float32 [dimension]
 */
export function toOutput<T extends OutputType>(vector: Float32Array, type: T): OutputArrays[T]
export function toOutput(vector: Float32Array, type: OutputType): OutputArrays[OutputType] {
  switch (type) {
    case 'float32':
      return vector
    case 'float16': {
      const halves = new Uint16Array(vector.length)
      encodeFloat16(vector, halves)
      return halves
    }
    case 'int8': {
      const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
      return Int8Array.from(vector, (value) => (largest === 0 ? 0 : Math.round((value * INT8_MAX) / largest)))
    }
    case 'binary': {
      const bytes = new Uint8Array(outputLength(vector.length, 'binary'))
      for (const [i, value] of vector.entries()) if (value > 0) bytes[i >> 3]! |= 0x80 >> (i & 7)
      return bytes
    }
  }
}
