import { MAX_FLOAT_BYTES, writeFloats } from '../../vectors/float-text.js'
import type { EmbeddedVector } from '../models/embedded-vector.js'

/**
 * A vector in Qdrant's JSON, in pieces: `[0.1, …]`, `{"indices": […], "values": […]}` or `[[0.1, …], …]`. Each float32 is the shortest
 * decimal that reads back as the same float32; those of multivectors have a decimal point (`1.0`), since two rows of whole numbers would
 * be read as a sparse vector.
 */
export function* writeVector(vector: EmbeddedVector): Generator<string> {
  switch (vector.kind) {
    case 'dense':
      yield `[${floatText(vector.values, 0, vector.values.length, false)}]`
      return
    case 'sparse':
      yield `{"indices":[${vector.indices.join()}],"values":[${vector.values.join()}]}`
      return
    case 'late':
      for (let row = 0; row < vector.rows; row++) {
        const text = floatText(vector.values, row * vector.dimension, (row + 1) * vector.dimension, true)
        yield `${row === 0 ? '[' : ','}[${text}]`
      }
      yield vector.rows === 0 ? '[]' : ']'
  }
}

function floatText(values: Float32Array, begin: number, end: number, withPoint: boolean): string {
  const out = Buffer.allocUnsafe((end - begin) * MAX_FLOAT_BYTES)
  return out.toString('latin1', 0, writeFloats(out, 0, values, begin, end, withPoint))
}
