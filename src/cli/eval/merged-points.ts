import { STORED_FIELDS } from '../../document.js'
import { poolMultivectors } from '../../encoders/late/token-pooling.js'
import type { PlannedCollection } from '../../pipeline/collection/opened-collection.js'
import type { DocumentChunker } from '../../pipeline/documents/document-chunker.js'
import type { Point } from '../../stores/store.js'
import { type Multivector, multivectorAt } from '../../vectors.js'

/**
 * The points that documents of one collection have in another which cuts them, of those that it leaves whole, their rows of late interaction merged as its
 * plan says: the same bits as if they had been embedded for it. Those that are cut are left out: replaced points would count in IDF.
 * @param points whole documents, with the same models and names of vectors and a row for each token
 * @param chunker cuts documents of the other collection
 */
export function mergedPoints(
  points: readonly Point[],
  { plan }: Pick<PlannedCollection, 'plan'>,
  chunker: Pick<DocumentChunker, 'isWhole'>,
): Point[] {
  const { vector } = plan.vectors.late!
  const { poolFactor = 1 } = plan.spec
  return points
    .filter(({ payload }) => chunker.isWhole({ text: String(payload[STORED_FIELDS.text]) }))
    .map(({ id, vectors, payload }) => {
      const late = mergeRows(vectors[vector] as Multivector, poolFactor)
      return { id, vectors: { ...vectors, [vector]: late }, payload }
    })
}

function mergeRows({ rows, dimension, values }: Multivector, factor: number): Multivector {
  return multivectorAt(poolMultivectors({ dimension, offsets: Uint32Array.of(0, rows), values }, factor), 0)
}
