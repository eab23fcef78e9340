import type { Schemas } from '#qdrant-client'
import { asObject, type JsonObject } from '../../../options.js'
import type { CollectionConfig } from '../../store.js'
import { namedVectors } from '../../table-schema.js'

/** The graphs of a collection, in the form of `PATCH /collections/{name}`: those of all vectors, and of vectors with their own settings. */
export interface HnswPatch {
  readonly hnsw_config?: Readonly<Record<string, number>>
  readonly vectors?: Readonly<Record<string, { readonly hnsw_config: Readonly<Record<string, number>> }>>
}

/** What the metadata of a collection say of loads that run, or died. */
export interface LoadRecord {
  /** What is to be put back. */
  readonly restore: HnswPatch
  /** When the lease of each loader ends, in milliseconds since the epoch. */
  readonly leases: ReadonlyMap<string, number>
}

type Metadata = Schemas['CollectionConfig']['metadata']

/** Key of the metadata that holds what is to be put back; each loader has a key of its own below it. */
export const LOAD_KEY = 'offgrid.load'

/** Settings that turn a graph off when they are 0. */
const LINKS = ['m', 'payload_m'] as const

export function loaderKey(loader: string): string {
  return `${LOAD_KEY}.${loader}`
}

/** Null where no load has changed anything. A loader's own entry repeats what is to be put back, so that it cannot be lost between two changes. */
export function readLoadRecord(metadata: Metadata): LoadRecord | null {
  const entries = Object.entries(metadata ?? {}).filter(([key]) => key.startsWith(`${LOAD_KEY}.`))
  const leases = new Map<string, number>()
  let restore = asObject(metadata?.[LOAD_KEY])
  for (const [key, value] of entries) {
    const entry = asObject(value)
    if (entry === null) continue
    leases.set(key.slice(LOAD_KEY.length + 1), Date.parse(String(entry.until)) || 0)
    restore ??= asObject(entry.restore)
  }
  return restore === null ? null : { restore: graphSettings(restore), leases }
}

/** Of a record that anybody may have written, what puts graphs back and nothing else. */
function graphSettings({ hnsw_config: shared, vectors }: JsonObject): HnswPatch {
  const own = Object.entries(asObject(vectors) ?? {}).flatMap(([name, params]) => {
    const found = links(asObject(asObject(params)?.hnsw_config) ?? {})
    return found === null ? [] : [[name, { hnsw_config: found }] as const]
  })
  const found = links(asObject(shared) ?? {})
  return { ...(found && { hnsw_config: found }), ...(own.length > 0 && { vectors: Object.fromEntries(own) }) }
}

/** The graphs that a collection has, or null where it has none. */
export function readHnswPatch({ hnsw_config, params }: Schemas['CollectionConfig']): HnswPatch | null {
  const found = graphSettings({ hnsw_config, vectors: namedVectors({ vectors: params.vectors } as CollectionConfig) })
  return Object.keys(found).length === 0 ? null : found
}

/** The same settings with every graph turned off. */
export function withoutLinks({ hnsw_config: shared, vectors }: HnswPatch): HnswPatch {
  const off = (settings: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.keys(settings).map((key) => [key, 0]))
  const own = Object.entries(vectors ?? {}).map(([name, params]) => [name, { hnsw_config: off(params.hnsw_config) }])
  return { ...(shared && { hnsw_config: off(shared) }), ...(vectors && { vectors: Object.fromEntries(own) }) }
}

/** A collection's config as it was before the loads that its metadata name, and will be after them; without these metadata. */
export function configOutsideLoads(config: Schemas['CollectionConfig']): Schemas['CollectionConfig'] {
  const record = readLoadRecord(config.metadata)
  const metadata = metadataOutsideLoads(config.metadata)
  if (record === null) return { ...config, metadata }
  const { hnsw_config: shared, vectors: own = {} } = record.restore
  const named = namedVectors({ vectors: config.params.vectors } as CollectionConfig)
  const restored = Object.entries(named).map(([name, params]) => {
    const graph = own[name]?.hnsw_config
    return [name, graph === undefined ? params : { ...params, hnsw_config: { ...params.hnsw_config, ...graph } }]
  })
  const vectors = '' in named ? restored[0]![1] : Object.fromEntries(restored)
  return {
    ...config,
    metadata,
    params: { ...config.params, vectors } as Schemas['CollectionParams'],
    hnsw_config: { ...config.hnsw_config, ...shared },
  }
}

/** Null stands for a key that a load has taken away. */
function metadataOutsideLoads(metadata: Metadata): NonNullable<Metadata> {
  const entries = Object.entries(metadata ?? {})
  return Object.fromEntries(entries.filter(([key]) => key !== LOAD_KEY && !key.startsWith(`${LOAD_KEY}.`)))
}

function links(settings: Readonly<Record<string, unknown>>): Record<string, number> | null {
  const on = LINKS.filter((key) => Number.isSafeInteger(settings[key]) && (settings[key] as number) > 0).map((key) => [
    key,
    settings[key] as number,
  ])
  return on.length === 0 ? null : Object.fromEntries(on)
}
