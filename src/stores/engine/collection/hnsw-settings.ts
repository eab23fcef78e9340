import type { Schemas } from '#qdrant-client'
import type { CollectionConfig } from '../../store.js'
import type { RowSpace } from '../../table/vector-space.js'
import { namedVectors } from '../../table-schema.js'

type HnswConfig = Schemas['HnswConfigDiff']

/** How a graph is made. A saved one that was made otherwise is of no use. */
export interface HnswSettings {
  readonly metric: 'cos' | 'ip' | 'l2sq'
  readonly dimension: number
  /** Neighbours of a node. */
  readonly m: number
  /** Candidates among which a new node's neighbours are chosen. */
  readonly efConstruct: number
}

const DEFAULT_M = 16
const DEFAULT_EF_CONSTRUCT = 100

/** The graph that a collection's config asks for; null where it asks for none (`m: 0`), or the distance has no graph. */
export function hnswSettings(space: RowSpace, config: CollectionConfig): HnswSettings | null {
  if (space.kind !== 'dense' || space.distance === 'Manhattan') return null
  const own: HnswConfig = namedVectors(config)[space.name]?.hnsw_config ?? {}
  const hnsw: HnswConfig = { ...config.hnsw_config, ...own }
  const m = hnsw.m ?? DEFAULT_M
  if (m === 0) return null
  // what is stored for Cosine is normalized, but for bytes
  const metric = space.distance === 'Euclid' ? 'l2sq' : space.datatype === 'uint8' ? 'cos' : 'ip'
  return { metric, dimension: space.dimension, m, efConstruct: hnsw.ef_construct ?? DEFAULT_EF_CONSTRUCT }
}
