import type { Schemas } from '#qdrant-client'
import type { PointId } from '../document.js'
import type { Hit, PointReadOptions, ScrolledPage, StoredPoint } from './store.js'

type AnsweredPoint = Pick<Schemas['Record'], 'id' | 'payload' | 'vector'>

/** The fields of a request that say what comes back of a point. */
export function readFields({ payload, vectors }: PointReadOptions): {
  with_payload: boolean
  with_vector: boolean | string[]
} {
  return { with_payload: payload ?? true, with_vector: (vectors ?? false) as boolean | string[] }
}

/** A point of an answer as stores give it. */
export function toStoredPoint({ id, payload, vector }: AnsweredPoint): StoredPoint {
  return { id, payload: payload ?? null, vectors: (vector ?? null) as StoredPoint['vectors'] }
}

export function toScrolledPage({ points, next_page_offset: next }: Schemas['ScrollResult']): ScrolledPage {
  return { points: points.map(toStoredPoint), next: (next ?? null) as PointId | null }
}

export function toHits({ points }: Schemas['QueryResponse']): Hit[] {
  return points.map(({ id, score, payload }) => ({ id, score, payload: payload ?? null }))
}
