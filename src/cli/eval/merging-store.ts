import { STORED_FIELDS } from '../../document.js'
import { poolMultivectors } from '../../encoders/late/token-pooling.js'
import type { PlannedCollection } from '../../pipeline/collection/opened-collection.js'
import type { DocumentChunker } from '../../pipeline/documents/document-chunker.js'
import type { Point, Store } from '../../stores/store.js'
import { type Multivector, multivectorAt } from '../../vectors.js'

/**
 * A store that puts each document which is not cut in a second collection into that one, too, its rows of late interaction merged as that one's plan
 * says: the same bits as if it had been embedded for it. Those that are cut are left to the ingest that follows: replaced points would count in IDF.
 * @param twin a collection of the same models and names of vectors
 * @param chunker cuts documents of the second collection
 */
export function mergingStore(
  store: Store,
  { collection, plan }: Pick<PlannedCollection, 'collection' | 'plan'>,
  chunker: Pick<DocumentChunker, 'isWhole'>,
): Store {
  const { vector } = plan.vectors.late!
  const { poolFactor = 1 } = plan.spec
  const isWhole = ({ payload }: Point) => chunker.isWhole({ text: String(payload[STORED_FIELDS.text]) })
  const merged = ({ id, vectors, payload }: Point): Point => {
    const late = mergeRows(vectors[vector] as Multivector, poolFactor)
    return { id, vectors: { ...vectors, [vector]: late }, payload }
  }
  const upsert: Store['upsert'] = async (name, points) => {
    await store.upsert(name, points)
    const whole = points.filter(isWhole)
    if (whole.length > 0) await store.upsert(collection, whole.map(merged))
  }
  return new Proxy(store, {
    get: (target, member) => {
      if (member === 'upsert') return upsert
      const value: unknown = Reflect.get(target, member, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function mergeRows({ rows, dimension, values }: Multivector, factor: number): Multivector {
  return multivectorAt(poolMultivectors({ dimension, offsets: Uint32Array.of(0, rows), values }, factor), 0)
}
