import type { DenseBatch } from '../vectors.js'
import { encodeFloat16 } from './float16.js'

/** How the numbers of dense vectors are stored. */
export const OUTPUT_TYPES = ['float32', 'float16', 'int8', 'binary'] as const
/** Type of a dense vector's numbers. */
export type OutputType = (typeof OUTPUT_TYPES)[number]

/** Dense vectors of a batch in one of the types, row by row. */
export type QuantizedBatch =
  | { readonly type: 'float32'; readonly dimension: number; readonly values: Float32Array }
  /** Bits of IEEE 754 half precision, uint16 [texts, dimension]. */
  | { readonly type: 'float16'; readonly dimension: number; readonly values: Uint16Array }
  /** int8 [texts, dimension]; a value times its text's scale is the number, scales float32 [texts]. */
  | {
      readonly type: 'int8'
      readonly dimension: number
      readonly values: Int8Array
      readonly scales: Float32Array
    }
  /** uint8 [texts, ⌈dimension / 8⌉] */
  | { readonly type: 'binary'; readonly dimension: number; readonly values: Uint8Array }

/**
 * Dense vectors in a smaller type. None of them depends on the vectors beside it:
 * - `float16` rounds to nearest, ties to even, as NumPy does and as Qdrant stores `datatype: float16`;
 * - `int8`: each vector by its own largest magnitude, value = round(127 · x / max |x|), which keeps the direction, all that
 *   cosine similarity looks at; `scales` brings the length back;
 * - `binary`: a bit for each dimension, 1 where x > 0, the first in the highest bit, the last byte filled up with zeros: sentence-transformers'
 *   `ubinary`, NumPy's `packbits`.
 * @param batch float32 [texts, dimension]
 * @see https://sbert.net/examples/sentence_transformer/applications/embedding-quantization/README.html
 */
export function quantizeDense(batch: DenseBatch, type: OutputType): QuantizedBatch {
  const { dimension, values } = batch
  switch (type) {
    case 'float32':
      return { type, dimension, values }
    case 'float16': {
      const halves = new Uint16Array(values.length)
      encodeFloat16(values, halves)
      return { type, dimension, values: halves }
    }
    case 'int8':
      return { type, dimension, ...scaleToInt8(batch) }
    case 'binary':
      return { type, dimension, values: packSigns(batch) }
  }
}

function scaleToInt8({ dimension, values }: DenseBatch): { values: Int8Array; scales: Float32Array } {
  const quantized = new Int8Array(values.length)
  const scales = new Float32Array(values.length / dimension)
  for (let row = 0; row < scales.length; row++) {
    const begin = row * dimension
    let largest = 0
    for (let i = begin; i < begin + dimension; i++) largest = Math.max(largest, Math.abs(values[i]!))
    scales[row] = largest / 127
    if (largest === 0) continue
    for (let i = begin; i < begin + dimension; i++) quantized[i] = Math.round((127 * values[i]!) / largest)
  }
  return { values: quantized, scales }
}

function packSigns({ dimension, values }: DenseBatch): Uint8Array {
  const rowBytes = Math.ceil(dimension / 8)
  const bytes = new Uint8Array((values.length / dimension) * rowBytes)
  for (let i = 0; i < values.length; i++) {
    if (!(values[i]! > 0)) continue
    const k = i % dimension
    bytes[Math.floor(i / dimension) * rowBytes + (k >> 3)]! |= 0x80 >> (k & 7)
  }
  return bytes
}
