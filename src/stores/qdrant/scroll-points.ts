import type { Schemas } from '#qdrant-client'
import type { PointId } from '../../document.js'
import { requireObject } from '../../options.js'
import type { Hit, PointReadOptions, StoredPoint } from '../store.js'

/** The fields of a request that say what comes back of a point. */
export function readFields(options: PointReadOptions): object {
  requireObject('QdrantStore', 'options', options)
  return { with_payload: options.payload ?? true, with_vector: options.vectors ?? false }
}

export function toStoredPoint(record: Schemas['Record']): StoredPoint {
  return {
    id: record.id as PointId,
    payload: record.payload ?? null,
    vectors: (record.vector ?? null) as StoredPoint['vectors'],
  }
}

export function toHits(response: Schemas['QueryResponse']): Hit[] {
  return response.points.map(({ id, score, payload }) => ({ id: id as PointId, score, payload: payload ?? null }))
}
