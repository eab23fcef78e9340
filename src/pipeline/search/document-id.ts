import { type Payload, type PointId, STORED_FIELDS } from '../../document.js'
import { ID_FIELDS } from '../../inputs/mapping/document-mapping.js'
import { fieldValue } from '../../inputs/mapping/find-field.js'
import type { Hit } from '../../stores/store.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import { unwrapPayload } from '../collection/layout.js'
import { chunksIn } from '../documents/passage.js'

/** Whether a point is a chunk of a document, and no document as a whole. */
export function isChunk(payload: Payload | null, { chunking }: Pick<CollectionPlan, 'chunking'>): boolean {
  if (chunking === null) return false
  if (chunking.wholeTokens === undefined) return true
  const { chunk, chunks, start, end, documentId } = STORED_FIELDS
  const isNumber = (field: string) => typeof payload?.[field] === 'number'
  return [chunk, chunks, start, end].every(isNumber) && payload?.[documentId] !== undefined
}

/** Whether a point is a document as a whole: one that is not cut, or that has one chunk. */
export function isWhole(payload: Payload | null, plan: Pick<CollectionPlan, 'chunking'>): boolean {
  return !isChunk(payload, plan) || chunksIn(payload) === 1
}

/** The id that the input gave the document, else the point's. */
export function documentIdOf(hit: Pick<Hit, 'id' | 'payload'>, plan: CollectionPlan): string | number {
  const payload = unwrapPayload(hit.payload ?? {}, plan)
  const ofChunk = isChunk(payload, plan)
  const fields = ofChunk ? [STORED_FIELDS.documentId] : plan.idField !== null ? [plan.idField] : ID_FIELDS
  for (const field of fields) {
    const value = fieldValue(payload, field)
    if (typeof value === 'string' || typeof value === 'number') return value
  }
  return hit.id
}

/** What the points of one document have in common, and those of two do not. */
export function documentKeyOf({ id, payload }: Pick<Hit, 'id' | 'payload'>, plan: CollectionPlan): PointId {
  const name = isChunk(payload, plan) ? payload?.[STORED_FIELDS.documentId] : id
  return typeof name === 'string' || typeof name === 'number' ? name : id
}
