import type { Schemas } from '#qdrant-client'
import type { CollectionConfig, CollectionDescription, PayloadIndexSchema } from '../../store.js'
import { namedVectors } from '../../table-schema.js'
import { configOutsideLoads } from './load-record.js'

/** Which vectors a collection has. */
export type VectorShape = Pick<CollectionDescription, 'vectors' | 'sparseVectors'>

export function readVectorShape({ params }: Schemas['CollectionConfig']): VectorShape {
  return {
    vectors: namedVectors({ vectors: params.vectors } as CollectionConfig),
    sparseVectors: (params.sparse_vectors ?? {}) as CollectionDescription['sparseVectors'],
  }
}

/** Names of multivectors that are kept as float16 and compared by cosine. */
export function halfRowVectors({ vectors }: VectorShape): ReadonlySet<string> {
  const isHalf = ({ datatype, distance, multivector_config: multivector }: Schemas['VectorParams']) =>
    datatype === 'float16' && distance === 'Cosine' && multivector != null
  return new Set(Object.keys(vectors).filter((name) => isHalf(vectors[name]!)))
}

/** The server's description of a collection, its settings by the names with which it is created. */
export function readDescription(info: Schemas['CollectionInfo'], points: number): CollectionDescription {
  const config = configOutsideLoads(info.config)
  const { params, optimizer_config, metadata, ...settings } = config
  const indexes = Object.entries(info.payload_schema).map(([field, index]) => [
    field,
    (index!.params ?? index!.data_type) as PayloadIndexSchema,
  ])
  return {
    ...readVectorShape(config),
    metadata: metadata ?? {},
    config: { ...params, ...settings, optimizers_config: optimizer_config } as CollectionConfig,
    payloadSchema: Object.fromEntries(indexes),
    points,
  }
}
