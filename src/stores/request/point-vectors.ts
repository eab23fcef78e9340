import type { Vector } from '../../vectors.js'
import { isObject } from './json-shape.js'
import { malformed } from './refusal.js'
import { invalidVector, isVectorLike, parseVector } from './vector-input.js'

/** Vectors of a point by name, as they came; a bare one has the empty name. */
export function parseVectors(value: unknown, where: string): Record<string, Vector> {
  if (isVectorLike(value) && !isObject(value)) return { '': parseStored(value, where) }
  if (!isObject(value)) throw malformed('data did not match any variant of untagged enum VectorStruct')
  return Object.fromEntries(Object.entries(value).map(([name, vector]) => [name, parseStored(vector, where)]))
}

/** A query may be an empty vector, of which only the dimension is wrong; a point may not have one. */
function parseStored(value: unknown, where: string): Vector {
  const vector = parseVector(value, where)
  if (vector instanceof Float32Array && vector.length === 0) {
    throw invalidVector('VECTOR_EMPTY', `${where}.vector: dense vector must not be empty`)
  }
  return vector
}
