import type { Schemas } from '#qdrant-client'
import { isMissing, type JsonObject } from '../../../options.js'
import { type PlainVector, plainVector } from '../../../vectors/plain-vector.js'
import { malformed } from '../../request/refusal.js'
import type { Collection } from '../collection/collection.js'
import { storedVector } from './example-similarity.js'

/** Names of the vectors that an answer carries; null is none of them, not even an empty list. */
export type VectorSelector = readonly string[] | null

/**
 * Parses `with_vector`, also by its other name `with_vectors`: a boolean or a list of names.
 * @throws StoreError `REQUEST_REFUSED`, `VECTOR_UNKNOWN`
 */
export function parseVectorSelector(collection: Collection, request: JsonObject): VectorSelector {
  const wanted = wantedVectors(request)
  if (wanted === true) return [...collection.spaces.keys()]
  if (isMissing(wanted) || wanted === false) return null
  if (typeof wanted === 'string') return [collection.space(wanted).name]
  if (!Array.isArray(wanted) || wanted.some((name) => typeof name !== 'string')) {
    throw malformed('data did not match any variant of untagged enum WithVector')
  }
  return wanted.map((name: string) => collection.space(name).name)
}

/** @throws StoreError `REQUEST_REFUSED` where the request has both names */
function wantedVectors(request: JsonObject): unknown {
  if (request.with_vector === undefined) return request.with_vectors
  if (request.with_vectors !== undefined) throw malformed('duplicate field `with_vector`')
  return request.with_vector
}

/** The vectors of the point in a slot as Qdrant's JSON: by name, or bare where the only one has no name. */
export function vectorsOut(
  collection: Collection,
  slot: number,
  names: readonly string[],
): Schemas['VectorStructOutput'] {
  const vectors: Record<string, PlainVector> = {}
  for (const name of names) {
    const vector = storedVector(collection, slot, name)
    if (vector) vectors[name] = plainVector(vector)
  }
  const only = Object.keys(vectors)
  return only.length === 1 && only[0] === '' ? (vectors['']! as number[] | number[][]) : vectors
}
