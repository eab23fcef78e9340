import { VectorError } from '../errors.js'
import { requireObject, shown } from '../options.js'
import type { Vector } from '../vectors.js'
import type { Point } from './store.js'
import { typedVector } from './typed-vector.js'

/** A point whose vectors are checked and in typed arrays. */
export interface TypedPoint extends Point {
  readonly vectors: Readonly<Record<string, Vector>>
}

/**
 * The point with its vectors as they travel; whatever else is given for a vector is refused.
 * @param number of the point among those given, from 0
 * @throws VectorError `VECTOR_KIND`, `VECTOR_EMPTY`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, `SPARSE_LENGTH`, `VECTOR_RAGGED`,
 *   `VECTOR_TOO_LONG` naming the point and the vector
 * @throws InputError `INVALID_OPTION` for what is no point
 */
export function typedPoint(point: Point, where: string, number: number): TypedPoint {
  const { id, vectors, payload } = requireObject(where, `point ${number}`, point)
  if (typeof vectors !== 'object' || vectors === null || Array.isArray(vectors) || ArrayBuffer.isView(vectors)) {
    const got = typeof vectors === 'object' && vectors !== null ? 'an array' : shown(vectors)
    throw new VectorError('VECTOR_KIND', `Point ${shown(id)}: expected vectors by name, got ${got}.`)
  }
  const typed = Object.entries(vectors).map(
    ([name, vector]) => [name, typedVector(vector, `Point ${id}, vector "${name}"`)] as const,
  )
  return { id, vectors: Object.fromEntries(typed), payload }
}
