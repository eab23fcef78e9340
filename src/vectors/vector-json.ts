import type { Vector } from '../vectors.js'
import { MAX_FLOAT_BYTES, writeFloats } from './float-text.js'
import { writeHalfRow } from './half-text.js'

/** A sparse vector whose values were rounded to float32, which takes fewer digits. */
interface RoundedSparse {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** Most bytes of one sparse index with its comma. */
const MAX_INDEX_BYTES = 11
/** Most bytes of one float64 with its comma: sign, 17 digits, point, `e-308`. */
const MAX_DOUBLE_BYTES = 25
/** Of `{"indices":[],"values":[]}`. */
const SPARSE_FRAME_BYTES = 26
const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d

/** Bytes that {@link writeVectorJson} takes for a vector at most. */
export function maxJsonBytes(vector: Vector | RoundedSparse): number {
  if (vector instanceof Float32Array) return vector.length * MAX_FLOAT_BYTES + 2
  if ('indices' in vector) {
    return vector.indices.length * MAX_INDEX_BYTES + vector.values.length * MAX_DOUBLE_BYTES + SPARSE_FRAME_BYTES
  }
  return vector.values.length * MAX_FLOAT_BYTES + vector.rows * 3 + 2
}

/**
 * Writes a vector in Qdrant's JSON: `[0.1, …]`, `{"indices": […], "values": […]}` or `[[0.1, …], …]`. A float32 is the shortest decimal that
 * reads back as the same float32, a float64 likewise. The numbers of multivectors have a decimal point (`1.0`), since Qdrant reads two rows of
 * which the first holds whole non-negative numbers as a sparse vector. The values are finite.
 * @param isHalf the rows of a multivector are kept as float16 and compared by cosine: shorter decimals do, see {@link writeHalfRow}
 * @returns the end; `out` has room for {@link maxJsonBytes}
 */
export function writeVectorJson(out: Buffer, position: number, vector: Vector | RoundedSparse, isHalf = false): number {
  if (vector instanceof Float32Array) return writeRow(out, position, vector, 0, vector.length, false)
  if ('indices' in vector) {
    const { indices, values } = vector
    let at = position + out.write(`{"indices":[${indices.join()}],"values":`, position, 'latin1')
    if (values instanceof Float32Array) at = writeRow(out, at, values, 0, values.length, false)
    else at += out.write(`[${values.join()}]`, at, 'latin1')
    return at + out.write('}', at, 'latin1')
  }
  const { rows, dimension, values } = vector
  let at = position
  out[at++] = OPEN
  for (let row = 0; row < rows; row++) {
    if (row > 0) out[at++] = COMMA
    const [begin, end] = [row * dimension, (row + 1) * dimension]
    const short = isHalf ? writeHalfRow(out, at, values, begin, end) : null
    at = short ?? writeRow(out, at, values, begin, end, true)
  }
  out[at++] = CLOSE
  return at
}

/** A vector in Qdrant's JSON, as {@link writeVectorJson} writes it. */
export function vectorJson(vector: Vector): string {
  const out = Buffer.allocUnsafe(maxJsonBytes(vector))
  return out.toString('latin1', 0, writeVectorJson(out, 0, vector))
}

/** One row of a multivector in Qdrant's JSON, each number with a decimal point. */
export function rowJson(values: Float32Array): string {
  const out = Buffer.allocUnsafe(maxJsonBytes(values))
  return out.toString('latin1', 0, writeRow(out, 0, values, 0, values.length, true))
}

function writeRow(
  out: Buffer,
  position: number,
  values: Float32Array,
  begin: number,
  end: number,
  withPoint: boolean,
): number {
  out[position] = OPEN
  const at = writeFloats(out, position + 1, values, begin, end, withPoint)
  out[at] = CLOSE
  return at + 1
}
