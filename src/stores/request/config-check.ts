import type { Schemas } from '#qdrant-client'
import { StoreError } from '../../errors.js'
import { isMissing, isObject, type JsonObject } from '../../options.js'
import type { CollectionConfig } from '../store.js'
import { expectObject, expectString, readCount } from './json-shape.js'
import { invalid, malformed, unsupported, wrongInput } from './refusal.js'

const LARGEST_DIMENSION = 65536
const DISTANCES = ['Cosine', 'Dot', 'Euclid', 'Manhattan']
const DATATYPES = ['float32', 'float16', 'uint8']
const FORBIDDEN = ['<', '>', ':', '"', '/', '\\', '|', '?', '*', '\0', '\u001f']
const LONGEST_VECTOR_NAME_BYTES = 200
const LONGEST_COLLECTION_NAME = 255
const LEAST_EF_CONSTRUCT = 4

/** What the server keeps of a body that creates a collection; other keys are ignored. */
const KEPT = [
  'vectors',
  'sparse_vectors',
  'shard_number',
  'replication_factor',
  'write_consistency_factor',
  'on_disk_payload',
  'hnsw_config',
  'optimizers_config',
  'wal_config',
  'quantization_config',
  'strict_mode_config',
  'metadata',
]

/** @throws StoreError `REQUEST_REFUSED` */
export function checkCollectionName(name: string): void {
  const refuse = (message: string) =>
    new StoreError('REQUEST_REFUSED', `Validation error in path parameters: [collection_name: ${message}]`, {
      status: 422,
    })
  const { length } = [...expectString(name, 'collection_name')]
  if (length < 1 || length > LONGEST_COLLECTION_NAME) {
    throw refuse(`value "${name}" invalid, must be from 1 to ${LONGEST_COLLECTION_NAME} characters`)
  }
  const forbidden = FORBIDDEN.find((char) => name.includes(char))
  if (forbidden) throw refuse(`collection name cannot contain "${forbidden}" char`)
}

/**
 * The config of a new collection, checked; what the server ignores is left out.
 * Settings of speed are kept and shown; HNSW's decide how an approximate index is made, the others have no effect here.
 * @throws StoreError `REQUEST_REFUSED`, `NOT_SUPPORTED`
 */
export function checkConfig(request: JsonObject): CollectionConfig {
  expectObject(request, 'struct CreateCollection')
  if (request.sharding_method === 'custom') throw unsupported('sharding_method "custom"')
  const { vectors, sparse_vectors: sparse } = request
  const named = isMissing(vectors) ? {} : expectObject(vectors, 'struct VectorsConfig')
  if ('distance' in named || 'size' in named) checkVectorParams(named, 'vectors')
  else for (const params of Object.values(named)) checkVectorParams(params, 'vectors.?')
  const sparseNamed = isMissing(sparse) ? {} : expectObject(sparse, 'sparse_vectors')
  for (const params of Object.values(sparseNamed)) checkSparseParams(params)
  for (const name of ['shard_number', 'replication_factor', 'write_consistency_factor'])
    readCount(request[name], name, 1)
  checkHnsw(request.hnsw_config, 'hnsw_config')
  if (!('size' in named)) for (const name of Object.keys(named)) checkVectorName(name, 'dense')
  for (const name of Object.keys(sparseNamed)) {
    checkVectorName(name, 'sparse')
    if (Object.hasOwn(named, name)) {
      throw wrongInput(`Dense and sparse vector names must be unique - duplicate found with '${name}'`)
    }
  }
  const kept = KEPT.filter((key) => !isMissing(request[key])).map((key) => [key, request[key]])
  return structuredClone(Object.fromEntries(kept)) as CollectionConfig
}

/** @throws StoreError `REQUEST_REFUSED` */
export function checkVectorName(name: string, kind: 'dense' | 'sparse'): void {
  const where = `Invalid ${kind} vector name \`${name}\``
  if (Buffer.byteLength(name) > LONGEST_VECTOR_NAME_BYTES) {
    throw wrongInput(`${where}: vector name must be at most ${LONGEST_VECTOR_NAME_BYTES} bytes long`)
  }
  const forbidden = FORBIDDEN.find((char) => name.includes(char))
  if (forbidden) throw wrongInput(`${where}: vector name cannot contain "${forbidden}" char`)
}

/** @throws StoreError `REQUEST_REFUSED` */
export function checkVectorParams(value: unknown, where: string): Schemas['VectorParams'] {
  if (!isObject(value)) throw notVectorParams()
  const { size, distance, datatype, multivector_config: multivector } = value
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw notVectorParams()
  if (!DISTANCES.includes(distance as string)) throw notVectorParams()
  if (!isMissing(datatype) && !DATATYPES.includes(datatype as string)) throw notVectorParams()
  if (!isMissing(multivector) && (!isObject(multivector) || multivector.comparator !== 'max_sim')) {
    throw notVectorParams()
  }
  if (size < 1 && where.startsWith('vectors')) throw notVectorParams()
  if (size < 1 || size > LARGEST_DIMENSION) {
    throw invalid(`${where}.size`, `value ${size} invalid, must be from 1 to ${LARGEST_DIMENSION}`)
  }
  checkHnsw(value.hnsw_config, `${where}.hnsw_config`)
  return structuredClone(value) as unknown as Schemas['VectorParams']
}

function notVectorParams(): Error {
  return malformed(
    `data did not match any variant of untagged enum VectorsConfig: expected { size, distance } with size from 1 to ${LARGEST_DIMENSION}, distance one of ${DISTANCES.join(', ')} and datatype one of ${DATATYPES.join(', ')}`,
  )
}

function checkHnsw(value: unknown, where: string): void {
  if (isMissing(value)) return
  const { ef_construct: efConstruct } = expectObject(value, 'struct HnswConfigDiff')
  readCount(efConstruct, `${where}.ef_construct`, LEAST_EF_CONSTRUCT)
}

/** @throws StoreError `REQUEST_REFUSED` */
export function checkSparseParams(value: unknown): Schemas['SparseVectorParams'] {
  if (isMissing(value)) return {}
  const { modifier, index } = expectObject(value, 'struct SparseVectorParams')
  if (!isMissing(modifier) && modifier !== 'none' && modifier !== 'idf') {
    throw malformed(`unknown variant \`${String(modifier)}\`, expected \`none\` or \`idf\``)
  }
  if (!isMissing(index)) {
    const { datatype } = expectObject(index, 'struct SparseIndexParams')
    if (!isMissing(datatype) && !DATATYPES.includes(datatype as string)) {
      throw malformed(`unknown variant \`${String(datatype)}\`, expected one of ${DATATYPES.join(', ')}`)
    }
  }
  return structuredClone(value) as Schemas['SparseVectorParams']
}
