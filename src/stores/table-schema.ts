import type { CollectionConfig } from './store.js'

/** The columns of a point table. An unnamed vector's column has the empty name. */
export interface TableSchema {
  /** Dimension by name. */
  readonly dense: ReadonlyMap<string, number>
  /** Dimension of a row by name. */
  readonly multivector: ReadonlyMap<string, number>
  readonly sparse: ReadonlySet<string>
}

/** The columns that a collection's config asks for. Datatypes do not show: values are rounded before they are stored as float32. */
export function tableSchema(config: CollectionConfig): TableSchema {
  const dense = new Map<string, number>()
  const multivector = new Map<string, number>()
  for (const [name, params] of Object.entries(namedVectors(config))) {
    ;(params.multivector_config ? multivector : dense).set(name, params.size)
  }
  return { dense, multivector, sparse: new Set(Object.keys(config.sparse_vectors ?? {})) }
}

type VectorParams = Extract<NonNullable<CollectionConfig['vectors']>, { size: number }>

/** Dense and multivector parameters by name; an unnamed vector has the empty name. */
export function namedVectors(config: CollectionConfig): Readonly<Record<string, VectorParams>> {
  const { vectors } = config
  if (!vectors) return {}
  if (isVectorParams(vectors)) return { '': vectors }
  return vectors as Record<string, VectorParams>
}

/** Tells the params of one unnamed vector from a map of names. */
function isVectorParams(vectors: NonNullable<CollectionConfig['vectors']>): vectors is VectorParams {
  return typeof (vectors as { size?: unknown }).size === 'number'
}
