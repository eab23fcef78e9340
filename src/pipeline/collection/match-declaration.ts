import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../options.js'
import type { CollectionDescription } from '../../stores/store.js'
import { type CollectionDeclaration, collectionSettings } from './collection-declaration.js'

/** A declared setting that a collection has otherwise. */
export interface SettingDifference {
  readonly path: readonly string[]
  readonly found: unknown
  readonly declared: unknown
  /** Whether the server changes it in a collection that holds points. */
  readonly isChangeable: boolean
}

/** Settings that `PATCH /collections/{name}` takes. */
const CHANGEABLE = new Set([
  'replication_factor',
  'write_consistency_factor',
  'on_disk_payload',
  'hnsw_config',
  'optimizers_config',
  'quantization_config',
  'strict_mode_config',
])
const CHANGEABLE_OF_VECTOR = new Set(['on_disk', 'hnsw_config', 'quantization_config'])

/** The declared settings that the collection does not have, leaf by leaf; what is not declared may be as it likes. */
export function matchDeclaration(
  declaration: CollectionDeclaration,
  found: Pick<CollectionDescription, 'config' | 'payloadSchema'>,
): SettingDifference[] {
  const { payload_schema: indexes = {} } = declaration
  const config = found.config as Readonly<Record<string, unknown>>
  return [
    ...differences(withDefaults(config), collectionSettings(declaration), []),
    ...Object.entries(indexes).flatMap(([field, schema]) => {
      const there = found.payloadSchema[field]
      return isSameIndex(there, schema)
        ? []
        : [{ path: ['payload_schema', field], found: there, declared: schema, isChangeable: true }]
    }),
  ]
}

/** One line: where, what was found, what was declared, and whether it can be changed. */
export function describeDifference({ path, found, declared, isChangeable }: SettingDifference): string {
  const there = found === undefined || found === null ? 'nothing' : JSON.stringify(found)
  const how = isChangeable ? 'can be changed in place' : 'fixed when a collection is made'
  return `${path.join('.')}: found ${there}, declared ${JSON.stringify(declared)} (${how})`
}

function differences(found: unknown, declared: unknown, path: readonly string[]): SettingDifference[] {
  if (declared === null || declared === undefined) return []
  if (isObject(declared)) {
    const there = isObject(found) ? found : {}
    return Object.entries(declared).flatMap(([key, value]) => differences(there[key], value, [...path, key]))
  }
  return found === declared ? [] : [{ path, found, declared, isChangeable: isChangeable(path) }]
}

function isChangeable([setting, , ofVector, part]: readonly string[]): boolean {
  if (setting === 'vectors') return CHANGEABLE_OF_VECTOR.has(ofVector ?? '')
  if (setting === 'sparse_vectors') return ofVector === 'index' && part !== 'datatype'
  return CHANGEABLE.has(setting ?? '')
}

/** A server that was told nothing does not say how it shards. */
function withDefaults(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...config, sharding_method: config.sharding_method ?? 'auto' }
}

/** Servers add parameters of their own to those that were given. */
function isSameIndex(found: unknown, declared: unknown): boolean {
  if (found === undefined) return false
  const there = isObject(found) ? found : { type: found }
  const wanted = isObject(declared) ? declared : { type: declared }
  return Object.entries(wanted).every(([key, value]) => value === null || isDeepStrictEqual(there[key], value))
}
