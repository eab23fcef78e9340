import { VectorError } from '../../errors.js'
import type { Distance, Similarity } from '../../scoring/distance.js'
import { cosineSimilarity, similarityOf } from '../../scoring/distance.js'
import { nearestHalf } from '../../vectors/float16.js'
import type { Vector } from '../../vectors.js'
import { isMultivector, isSparse } from '../request/vector-input.js'
import type { CollectionConfig } from '../store.js'
import { namedVectors } from '../table-schema.js'
import { LEAST_SIMD_DIMENSION, shortRowSimilarity } from './short-row-similarity.js'
import { clampToByte, normalizeStoredRows, roundToHalf } from './vector-rounding.js'

type Datatype = 'float32' | 'float16' | 'uint8'

/** What a collection says of one of its vectors: what may be stored there and how it is compared. */
export type VectorSpace =
  | {
      readonly kind: 'dense' | 'multivector'
      readonly name: string
      readonly dimension: number
      readonly distance: Distance
      readonly datatype: Datatype
    }
  | { readonly kind: 'sparse'; readonly name: string; readonly hasIdf: boolean }

export type RowSpace = Exclude<VectorSpace, { kind: 'sparse' }>

/** The vectors of a collection by name. */
export function vectorSpaces(config: CollectionConfig): Map<string, VectorSpace> {
  const spaces = new Map<string, VectorSpace>()
  for (const [name, params] of Object.entries(namedVectors(config))) {
    spaces.set(name, {
      kind: params.multivector_config ? 'multivector' : 'dense',
      name,
      dimension: params.size,
      distance: params.distance,
      datatype: (params.datatype ?? 'float32') as Datatype,
    })
  }
  for (const [name, params] of Object.entries(config.sparse_vectors ?? {})) {
    spaces.set(name, { kind: 'sparse', name, hasIdf: params?.modifier === 'idf' })
  }
  return spaces
}

/**
 * The vector as the space stores and compares it: rows normalized for Cosine, values rounded to the datatype,
 * a dense vector as a multivector of one row. The input is not changed.
 * @param suffix text after a wrong dimension's message, as in ` for vector 'a'`
 * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_KIND`
 */
export function fitVector(space: VectorSpace, vector: Vector, suffix = ''): Vector {
  if (space.kind === 'sparse') {
    if (isSparse(vector)) return vector
    throw wrongKind(isMultivector(vector) ? 'multi' : 'sparse')
  }
  if (isSparse(vector)) throw wrongKind('sparse')
  const isMulti = isMultivector(vector)
  if (isMulti && space.kind === 'dense') throw wrongKind('multi')
  const dimension = isMulti ? vector.dimension : vector.length
  if (dimension !== space.dimension) {
    throw new VectorError(
      'VECTOR_DIMENSION',
      `Wrong input: Vector dimension error: expected dim: ${space.dimension}, got ${dimension}${suffix}`,
    )
  }
  const values = storedValues(space, isMulti ? vector.values : vector)
  return space.kind === 'dense' ? values : { rows: values.length / dimension, dimension, values }
}

function storedValues(space: RowSpace, input: Float32Array): Float32Array {
  const values = input.slice()
  if (space.distance === 'Cosine' && space.datatype !== 'uint8') normalizeStoredRows(values, space.dimension)
  if (space.datatype === 'float16') roundToHalf(values)
  if (space.datatype === 'uint8') clampToByte(values)
  return values
}

function wrongKind(kind: 'sparse' | 'multi'): VectorError {
  return new VectorError('VECTOR_KIND', `Wrong input: Conversion between ${kind} and regular vectors failed`)
}

/**
 * How two rows of the space are compared; a larger value is nearer. Short rows are compared with the server's bits. Bytes are not normalized when they are stored,
 * so that their cosine divides by both lengths.
 */
export function spaceSimilarity({ distance, datatype, dimension }: RowSpace): Similarity {
  if (datatype === 'uint8' && distance === 'Cosine') return cosineSimilarity
  if (dimension >= LEAST_SIMD_DIMENSION) return similarityOf(distance)
  return shortRowSimilarity(distance, datatype === 'float16' ? nearestHalf : Math.fround)
}
