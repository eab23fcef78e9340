import { StoreError, VectorError } from '../errors.js'
import { isMultivector, isSparse } from './request/vector-input.js'
import type { CollectionDescription } from './store.js'
import type { TypedPoint } from './typed-point.js'

/**
 * Refuses a vector that does not fit the collection: another dimension, an unknown name, sparse for dense.
 * A dense vector in a multivector field is one row.
 * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_KIND`
 * @throws StoreError `VECTOR_UNKNOWN`
 */
export function checkFits(
  point: TypedPoint,
  collection: Pick<CollectionDescription, 'vectors' | 'sparseVectors'>,
): void {
  for (const [name, vector] of Object.entries(point.vectors)) {
    const where = `Point ${point.id}, vector "${name}"`
    const params = collection.vectors[name]
    const isSparseField = name in collection.sparseVectors
    if (params === undefined && !isSparseField) {
      const known = [...Object.keys(collection.vectors), ...Object.keys(collection.sparseVectors)].join(', ')
      throw new StoreError('VECTOR_UNKNOWN', `${where}: the collection has no such vector; it has ${known}.`, {
        status: 400,
      })
    }
    if (isSparse(vector) !== isSparseField || (isMultivector(vector) && !params?.multivector_config)) {
      const expected = isSparseField
        ? 'a sparse vector'
        : params?.multivector_config
          ? 'a multivector'
          : 'a dense vector'
      const got = isSparse(vector) ? 'a sparse vector' : isMultivector(vector) ? 'a multivector' : 'a dense vector'
      throw new VectorError('VECTOR_KIND', `${where}: expected ${expected}, got ${got}.`)
    }
    if (params === undefined || isSparse(vector)) continue
    const dimension = isMultivector(vector) ? vector.dimension : vector.length
    if (dimension !== params.size) {
      throw new VectorError('VECTOR_DIMENSION', `${where}: expected dimension ${params.size}, got ${dimension}.`)
    }
  }
}
