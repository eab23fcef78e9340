import { isMissing, isObject, type JsonObject } from '../../options.js'
import type { CollectionConfig } from '../store.js'
import { namedVectors } from '../table-schema.js'
import { expectObject } from './json-shape.js'
import { unknownVectorName } from './refusal.js'

const MERGED = ['optimizers_config', 'hnsw_config', 'wal_config', 'strict_mode_config'] as const
const PARAMS = ['replication_factor', 'write_consistency_factor', 'on_disk_payload'] as const

/**
 * The config with the changes of `PATCH /collections/{name}`; keys that the server ignores are ignored.
 * @throws StoreError `VECTOR_UNKNOWN`, `REQUEST_REFUSED`
 */
export function patchConfig(config: CollectionConfig, request: JsonObject): CollectionConfig {
  const patched = structuredClone(config) as Record<string, unknown>
  patchVectors(patched, config, request.vectors)
  patchSparseVectors(patched, config, request.sparse_vectors)
  for (const key of MERGED) {
    if (!isMissing(request[key])) {
      patched[key] = { ...(patched[key] as object | undefined), ...expectObject(request[key], key) }
    }
  }
  const params = isMissing(request.params) ? {} : expectObject(request.params, 'params')
  for (const key of PARAMS) if (!isMissing(params[key])) patched[key] = params[key]
  if (request.quantization_config === 'Disabled') delete patched.quantization_config
  else if (!isMissing(request.quantization_config)) patched.quantization_config = request.quantization_config
  if (!isMissing(request.metadata)) patched.metadata = mergeMetadata(patched.metadata, request.metadata)
  return structuredClone(patched) as CollectionConfig
}

function patchVectors(patched: Record<string, unknown>, config: CollectionConfig, changes: unknown): void {
  if (isMissing(changes)) return
  const known = namedVectors(config)
  const named: Record<string, unknown> = {}
  for (const [name, change] of Object.entries(expectObject(changes, 'vectors'))) {
    if (!Object.hasOwn(known, name)) throw unknownVectorName(name)
    named[name] = mergeDefined(known[name] as object, expectObject(change, 'struct VectorParamsDiff'))
  }
  const isUnnamed = isObject(config.vectors) && 'size' in config.vectors
  patched.vectors = isUnnamed ? (named[''] ?? config.vectors) : { ...config.vectors, ...named }
}

function patchSparseVectors(patched: Record<string, unknown>, config: CollectionConfig, changes: unknown): void {
  if (isMissing(changes)) return
  const known = config.sparse_vectors ?? {}
  const named: Record<string, unknown> = {}
  for (const [name, change] of Object.entries(expectObject(changes, 'sparse_vectors'))) {
    if (!Object.hasOwn(known, name)) throw unknownVectorName(name)
    named[name] = mergeDefined(known[name] ?? {}, expectObject(change, 'struct SparseVectorParams'))
  }
  patched.sparse_vectors = { ...known, ...named }
}

/** Only what may change of a vector that has points: never its size, distance or datatype. */
function mergeDefined(params: object, change: JsonObject): object {
  const { hnsw_config: hnsw, quantization_config: quantization, on_disk: onDisk, index } = change
  const { hnsw_config: oldHnsw } = params as { hnsw_config?: object }
  return {
    ...params,
    ...(isMissing(hnsw) ? {} : { hnsw_config: { ...oldHnsw, ...expectObject(hnsw, 'hnsw_config') } }),
    ...(isMissing(quantization) ? {} : { quantization_config: quantization }),
    ...(isMissing(onDisk) ? {} : { on_disk: onDisk }),
    ...(isMissing(index) ? {} : { index }),
  }
}

/** An empty object clears the metadata. */
function mergeMetadata(old: unknown, change: unknown): JsonObject {
  const values = expectObject(change, 'metadata')
  return Object.keys(values).length === 0 ? {} : { ...(old as JsonObject | undefined), ...values }
}
