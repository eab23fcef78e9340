import { idf } from '../../scoring/idf.js'
import type { SparseVector } from '../../vectors.js'
import type { Collection } from './collection.js'
import type { VectorSpace } from './vector-space.js'

/**
 * The query with each weight multiplied by the inverse document frequency of its index, where the vector has the IDF modifier.
 * Deleted points count in N and df until the table is compacted.
 */
export function weighByIdf(
  collection: Collection,
  space: Extract<VectorSpace, { kind: 'sparse' }>,
  query: SparseVector,
): SparseVector {
  if (!space.hasIdf) return query
  const documents = collection.idfDocuments(space.name)
  const values = query.values.map((value, i) =>
    Math.fround(value * idf(documents, documentFrequency(collection, space.name, query.indices[i]!))),
  )
  return { indices: query.indices, values }
}

function documentFrequency(collection: Collection, name: string, index: number): number {
  const slots = collection.table.sparse(name).postings(index)?.slots
  if (!slots) return 0
  let frequency = 0
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!
    if (collection.isLive(slot) || collection.table.state(slot) === 'deleted') frequency++
  }
  return frequency
}
