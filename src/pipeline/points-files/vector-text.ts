import { MAX_FLOAT_BYTES, writeFloats } from '../../vectors/float-text.js'
import type { Vector } from '../../vectors.js'

/**
 * A vector as JSON: `[..]`, `{"indices":[..],"values":[..]}` or `[[..], ..]`. Every float32 is the shortest text that reads back
 * as the same bits; sparse values, which are float64, likewise.
 */
export function vectorText(vector: Vector): string {
  if (vector instanceof Float32Array) return `[${floatsText(vector, 0, vector.length)}]`
  if ('indices' in vector) {
    return `{"indices":[${vector.indices.join()}],"values":${JSON.stringify(Array.from(vector.values))}}`
  }
  const { rows, dimension, values } = vector
  const lines = Array.from(
    { length: rows },
    (_, row) => `[${floatsText(values, row * dimension, (row + 1) * dimension)}]`,
  )
  return `[${lines.join()}]`
}

function floatsText(values: Float32Array, begin: number, end: number): string {
  const bytes = Buffer.allocUnsafe((end - begin) * MAX_FLOAT_BYTES)
  return bytes.toString('latin1', 0, writeFloats(bytes, 0, values, begin, end, false))
}
