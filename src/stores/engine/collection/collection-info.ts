import { flatValuesAt, parsePath } from '../../request/payload-path.js'
import type { CollectionConfig } from '../../store.js'
import type { Collection } from './collection.js'
import { type IndexType, indexTypes, isIndexed } from './payload-index.js'

/** Qdrant's defaults, shown where a collection was created without its own. */
const DEFAULT_HNSW = { m: 16, ef_construct: 100, full_scan_threshold: 10000, max_indexing_threads: 0, on_disk: false }
const DEFAULT_OPTIMIZERS = {
  deleted_threshold: 0.2,
  vacuum_min_vector_number: 1000,
  default_segment_number: 0,
  max_segment_size: null,
  memmap_threshold: null,
  indexing_threshold: 10000,
  flush_interval_sec: 5,
  max_optimization_threads: null,
}
const DEFAULT_WAL = { wal_capacity_mb: 32, wal_segments_ahead: 0, wal_retain_closed: 1 }

/** The settings of a collection by the names with which it is created, Qdrant's defaults filled in. */
export function completeConfig(config: CollectionConfig): CollectionConfig {
  return {
    ...config,
    shard_number: config.shard_number ?? 1,
    replication_factor: config.replication_factor ?? 1,
    write_consistency_factor: config.write_consistency_factor ?? 1,
    on_disk_payload: config.on_disk_payload ?? true,
    hnsw_config: { ...DEFAULT_HNSW, ...config.hnsw_config },
    optimizers_config: { ...DEFAULT_OPTIMIZERS, ...config.optimizers_config },
    wal_config: { ...DEFAULT_WAL, ...config.wal_config },
  }
}

/**
 * `GET /collections/{name}`. There is one segment, always green; settings of speed are shown as they were given, whether
 * they decide something here or not.
 */
export function collectionInfo(collection: Collection): Record<string, unknown> {
  const config = completeConfig(collection.settings.config)
  return {
    status: 'green',
    optimizer_status: 'ok',
    indexed_vectors_count: 0,
    points_count: collection.table.liveCount,
    segments_count: 1,
    config: {
      params: {
        vectors: config.vectors ?? {},
        ...(config.sparse_vectors && { sparse_vectors: config.sparse_vectors }),
        shard_number: config.shard_number,
        replication_factor: config.replication_factor,
        write_consistency_factor: config.write_consistency_factor,
        on_disk_payload: config.on_disk_payload,
      },
      hnsw_config: config.hnsw_config,
      optimizer_config: config.optimizers_config,
      wal_config: config.wal_config,
      quantization_config: config.quantization_config ?? null,
      ...(config.strict_mode_config && { strict_mode_config: config.strict_mode_config }),
      ...(config.metadata && { metadata: config.metadata }),
    },
    payload_schema: payloadSchema(collection),
  }
}

function payloadSchema(collection: Collection): Record<string, unknown> {
  const schema: Record<string, unknown> = {}
  for (const [field, type] of indexTypes(collection.settings)) {
    schema[field] = {
      data_type: type.name,
      ...(type.params && { params: shownParams(type) }),
      points: countIndexed(collection, field, type),
    }
  }
  return schema
}

function shownParams({ name, params }: IndexType): Record<string, unknown> {
  return name === 'integer' || name === 'float' || name === 'datetime'
    ? { is_principal: null, ...params }
    : { ...params }
}

function countIndexed(collection: Collection, field: string, type: IndexType): number {
  const path = parsePath(field)
  let count = 0
  for (const slot of collection.orderedSlots()) {
    if (flatValuesAt(path, collection.payload(slot)).some((value) => isIndexed(type, value))) count++
  }
  return count
}
