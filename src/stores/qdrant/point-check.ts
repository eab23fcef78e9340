import { StoreError, shown, VectorError } from '../../errors.js'
import type { Multivector, SparseVector } from '../../vectors.js'
import { isMultivector, isSparse } from '../embedded/vector-input.js'
import type { CollectionDescription, Point } from '../store.js'

/** Rows × dimension of one multivector stay under this on the server. @see Qdrant lib/segment/src/data_types/vectors.rs */
const MAX_MULTIVECTOR_FLOATS = 1_048_576

/** Largest magnitude that stays finite as float32. */
const MAX_FLOAT32 = 3.4028235677973366e38

/**
 * Refuses a point whose vectors JSON or Qdrant cannot take: values that are not finite, a sparse index twice, a multivector without rows, ragged or too long.
 * @throws VectorError `VECTOR_KIND`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, `SPARSE_LENGTH`, `VECTOR_RAGGED`, `VECTOR_TOO_LONG`
 */
export function checkPoint(point: Point): void {
  const { vectors } = point
  if (typeof vectors !== 'object' || vectors === null) {
    throw new VectorError('VECTOR_KIND', `Point ${point.id}: expected vectors by name, got ${shown(vectors)}.`)
  }
  for (const [name, vector] of Object.entries(vectors)) {
    const where = `Point ${point.id}, vector "${name}"`
    if (typeof vector !== 'object' || vector === null) {
      throw new VectorError('VECTOR_KIND', `${where}: expected a vector, got ${shown(vector)}.`)
    }
    if (isSparse(vector)) checkSparse(vector, where)
    else if (isMultivector(vector)) checkMultivector(vector, where)
    else checkFinite(vector, where)
  }
}

/**
 * Refuses a vector that does not fit the collection: another dimension, an unknown name, sparse for dense.
 * A dense vector in a multivector field is one row.
 * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_KIND`
 * @throws StoreError `VECTOR_UNKNOWN`
 */
export function checkFits(point: Point, collection: Pick<CollectionDescription, 'vectors' | 'sparseVectors'>): void {
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

function checkSparse(vector: SparseVector, where: string): void {
  const { indices, values } = vector
  if (indices.length !== values.length) {
    throw new VectorError(
      'SPARSE_LENGTH',
      `${where}: expected as many values as indices (${indices.length}), got ${values.length}.`,
    )
  }
  checkFinite(values, where)
  let isAscending = true
  for (let i = 1; i < indices.length && isAscending; i++) isAscending = indices[i]! > indices[i - 1]!
  if (isAscending || new Set(indices).size === indices.length) return
  throw new VectorError('SPARSE_DUPLICATE_INDEX', `${where}: expected every index once, got one twice.`)
}

function checkMultivector(vector: Multivector, where: string): void {
  const { rows, dimension, values } = vector
  if (rows < 1 || dimension < 1 || values.length !== rows * dimension) {
    throw new VectorError(
      'VECTOR_RAGGED',
      `${where}: expected one row or more and rows × dimension values, got ${rows} × ${dimension} and ${values.length} values.`,
    )
  }
  if (values.length >= MAX_MULTIVECTOR_FLOATS) {
    throw new VectorError(
      'VECTOR_TOO_LONG',
      `${where}: expected less than ${MAX_MULTIVECTOR_FLOATS} values, got ${values.length}.`,
    )
  }
  checkFinite(values, where)
}

function checkFinite(values: Float32Array | Float64Array, where: string): void {
  for (let i = 0; i < values.length; i++) {
    // NaN compares false, so that one comparison finds it and the infinities.
    if (Math.abs(values[i]!) < MAX_FLOAT32) continue
    throw new VectorError('VECTOR_NOT_FINITE', `${where}: expected finite float32 values, got ${values[i]} at ${i}.`)
  }
}
