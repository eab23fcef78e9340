import { optionError, VectorError } from '../errors.js'
import { shown } from '../options.js'
import { cosineSimilarity } from '../scoring/distance.js'

/** A dense vector as numbers; bits of half precision and binary vectors are none. */
type Numbers = readonly number[] | Float32Array | Float64Array | Int8Array

/**
 * Cosine of the angle between two dense vectors of any length: 1 for the same direction, 0 for a right angle, −1 for the opposite.
 * Values are taken as float32; a vector of zeros gives 0.
 * @throws VectorError `VECTOR_DIMENSION` unless both have equally many values; `VECTOR_NOT_FINITE`
 * @throws InputError `INVALID_OPTION` for what is no vector of numbers
 * @example cosineSimilarity([1, 0], [1, 1]) // 0.7071…
 */
export function cosineOfVectors(a: Numbers, b: Numbers): number {
  const [one, other] = [toRow('the first vector', a), toRow('the second vector', b)]
  if (one.length === other.length) return cosineSimilarity(one, 0, other, 0, one.length)
  throw new VectorError(
    'VECTOR_DIMENSION',
    `cosineSimilarity: expected two vectors of equally many values, got ${one.length} and ${other.length}.`,
  )
}

function toRow(name: string, vector: Numbers): Float32Array {
  const isNumbers =
    vector instanceof Float32Array ||
    vector instanceof Float64Array ||
    vector instanceof Int8Array ||
    (Array.isArray(vector) && vector.every((value) => typeof value === 'number'))
  // an array whose buffer was transferred is empty, too
  if (!isNumbers || vector.length === 0) {
    throw optionError(
      `cosineSimilarity: expected ${name} to be numbers (a list, a Float32Array, a Float64Array or an Int8Array), got ${shown(vector)}.`,
    )
  }
  const row = vector instanceof Float32Array ? vector : Float32Array.from(vector)
  if (row.every(Number.isFinite)) return row
  throw new VectorError('VECTOR_NOT_FINITE', `cosineSimilarity: expected finite numbers in ${name}, got others.`)
}
