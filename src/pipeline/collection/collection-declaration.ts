import { readFile } from 'node:fs/promises'
import type { Schemas } from '#qdrant-client'
import { InputError } from '../../errors.js'
import type { PayloadIndexSchema } from '../../stores/store.js'
import { choice, fields, flag, integer, named, number, oneOfFields, type Shape } from './declared-shape.js'

/**
 * What a collection is to be beside its vectors' sizes and distances, which the models decide: settings by Qdrant's own names.
 * Vectors are named as in the collection (`all-MiniLM-L6-v2`, `bm25`).
 */
export interface CollectionDeclaration {
  readonly shard_number?: number
  readonly sharding_method?: Schemas['ShardingMethod']
  readonly replication_factor?: number
  readonly write_consistency_factor?: number
  readonly on_disk_payload?: boolean
  readonly vectors?: Readonly<Record<string, DeclaredVector>>
  readonly sparse_vectors?: Readonly<Record<string, { readonly index?: Schemas['SparseIndexParams'] }>>
  readonly hnsw_config?: Schemas['HnswConfigDiff']
  readonly optimizers_config?: Schemas['OptimizersConfigDiff']
  readonly wal_config?: Schemas['WalConfigDiff']
  readonly quantization_config?: Schemas['QuantizationConfig']
  readonly strict_mode_config?: Schemas['StrictModeConfig']
  /** Payload indexes by field, made before the data. */
  readonly payload_schema?: Readonly<Record<string, PayloadIndexSchema>>
  /** Of every write. */
  readonly ordering?: Schemas['WriteOrdering']
  /** With custom sharding: where this pipeline's points go. */
  readonly shard_key?: string | number
}

export type DeclaredVector = Pick<
  Schemas['VectorParams'],
  'on_disk' | 'datatype' | 'hnsw_config' | 'quantization_config'
>

const HNSW = fields({
  m: integer(0),
  ef_construct: integer(4),
  full_scan_threshold: integer(10),
  max_indexing_threads: integer(0),
  on_disk: flag,
  payload_m: integer(0),
  inline_storage: flag,
})

const QUANTIZATION = oneOfFields({
  scalar: required(['type'], fields({ type: choice('int8'), quantile: number(0.5, 1), always_ram: flag })),
  product: required(
    ['compression'],
    fields({ compression: choice('x4', 'x8', 'x16', 'x32', 'x64'), always_ram: flag }),
  ),
  binary: fields({
    always_ram: flag,
    encoding: choice('one_bit', 'two_bits', 'one_and_half_bits'),
    query_encoding: choice('default', 'binary', 'scalar4bits', 'scalar8bits'),
  }),
})

/** No uint8: it cuts values to whole numbers from 0 to 255, and those of embeddings lie between -1 and 1. */
const DATATYPE = choice('float32', 'float16')

const INDEX_TYPES = ['keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid']

const SHAPE = fields({
  shard_number: integer(1),
  sharding_method: choice('auto', 'custom'),
  replication_factor: integer(1),
  write_consistency_factor: integer(1),
  on_disk_payload: flag,
  vectors: named(fields({ on_disk: flag, datatype: DATATYPE, hnsw_config: HNSW, quantization_config: QUANTIZATION })),
  sparse_vectors: named(
    fields({ index: fields({ on_disk: flag, full_scan_threshold: integer(0), datatype: DATATYPE }) }),
  ),
  hnsw_config: HNSW,
  optimizers_config: fields({
    deleted_threshold: number(0, 1),
    vacuum_min_vector_number: integer(100),
    default_segment_number: integer(0),
    max_segment_size: integer(1),
    memmap_threshold: integer(0),
    indexing_threshold: integer(0),
    flush_interval_sec: integer(0),
    max_optimization_threads: integer(0),
    prevent_unoptimized: flag,
  }),
  wal_config: fields({ wal_capacity_mb: integer(1), wal_segments_ahead: integer(0), wal_retain_closed: integer(1) }),
  quantization_config: QUANTIZATION,
  strict_mode_config: fields({
    enabled: flag,
    max_query_limit: integer(1),
    max_timeout: integer(1),
    unindexed_filtering_retrieve: flag,
    unindexed_filtering_update: flag,
    search_max_hnsw_ef: integer(1),
    search_allow_exact: flag,
    search_max_oversampling: number(0, Number.MAX_VALUE),
    upsert_max_batchsize: integer(1),
    search_max_batchsize: integer(1),
    max_collection_vector_size_bytes: integer(1),
    max_collection_payload_size_bytes: integer(1),
    read_rate_limit: integer(1),
    write_rate_limit: integer(1),
    max_points_count: integer(1),
    filter_max_conditions: integer(1),
    condition_max_size: integer(1),
    multivector_config: named(fields({ max_vectors: integer(1) })),
    sparse_config: named(fields({ max_length: integer(1) })),
    max_payload_index_count: integer(0),
    max_resident_memory_percent: integer(1),
  }),
  payload_schema: named(payloadIndex),
  ordering: choice('weak', 'medium', 'strong'),
  shard_key: (value, path) =>
    (typeof value === 'string' && value !== '') || (Number.isSafeInteger(value) && (value as number) >= 0)
      ? []
      : [`${path}: expected a text or an unsigned integer`],
})

/**
 * A declaration whose every key and value is as Qdrant takes it.
 * @param where how messages call it, e.g. the file's name
 * @throws InputError `INVALID_COLLECTION_CONFIG` naming everything that is wrong
 */
export function parseDeclaration(value: unknown, where = 'collection config'): CollectionDeclaration {
  const problems = [...SHAPE(value, '')]
  if (problems.length === 0) {
    const { sharding_method: method, shard_key: key } = value as CollectionDeclaration
    if ((method === 'custom') !== (key !== undefined && key !== null)) {
      problems.push('shard_key: expected together with sharding_method "custom", and only then')
    }
  }
  if (problems.length === 0) return value as CollectionDeclaration
  throw new InputError('INVALID_COLLECTION_CONFIG', `${where}: ${problems.join('; ')}.`)
}

/** @throws InputError `INVALID_COLLECTION_CONFIG`: no such file, no JSON, or what {@link parseDeclaration} finds */
export async function readDeclaration(file: string): Promise<CollectionDeclaration> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new InputError('INVALID_COLLECTION_CONFIG', `${file}: expected a JSON file, cannot read it: ${code}.`, {
      cause,
    })
  }
  try {
    return parseDeclaration(JSON.parse(text), file)
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError('INVALID_COLLECTION_CONFIG', `${file}: expected JSON: ${(cause as Error).message}.`, { cause })
  }
}

/** The part of a declaration that makes a collection. */
export function collectionSettings(
  declaration: CollectionDeclaration = {},
): Omit<CollectionDeclaration, 'payload_schema' | 'ordering' | 'shard_key'> {
  const { payload_schema: _schema, ordering: _ordering, shard_key: _key, ...settings } = declaration
  return settings
}

/** The type of a payload index, or an object of it whose parameters the server knows best. */
function payloadIndex(value: unknown, path: string): readonly string[] {
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : value
  return choice(...INDEX_TYPES)(type, path)
}

function required(keys: readonly string[], shape: Shape): Shape {
  return (value, path) => {
    const problems = shape(value, path)
    if (problems.length > 0) return problems
    return keys
      .filter((key) => (value as Record<string, unknown>)[key] == null)
      .map((key) => `${path}.${key}: expected a value`)
  }
}
