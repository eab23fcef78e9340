import type { EncoderSpec } from '../encoders/open-encoder.js'
import { InputError } from '../errors.js'
import { modelChecksum } from '../onnx/model-checksum.js'
import { openModel } from '../onnx/model-files.js'
import type { CollectionConfig, CollectionDescription, Store } from '../stores/store.js'

export type Method = 'dense' | 'bm25' | 'late'
export const METHODS: readonly Method[] = ['dense', 'bm25', 'late']

/** The vectors of a collection: for each method its vector name, model and what the model's files were. */
export interface PlannedVector {
  /** Name of the vector in the collection. */
  readonly vector: string
  readonly model: string
  /** SHA-256 over the sums of the model's files. */
  readonly checksum: string
  readonly dimension: number | null
}

export interface CollectionPlan {
  readonly vectors: Partial<Readonly<Record<Method, PlannedVector>>>
  readonly spec: EncoderSpec
  /** Field of the input that holds a document's id, where the user named one. */
  readonly idField: string | null
}

/** Key of our entry in a collection's metadata: how its vectors were made. */
const METADATA_KEY = 'offgrid'

/**
 * What a collection for this encoder looks like.
 * @throws InputError `UNKNOWN_MODEL`; ModelError if a model's files are not what its manifest says
 */
export async function planCollection(spec: EncoderSpec, idField: string | null = null): Promise<CollectionPlan> {
  const vectors: Partial<Record<Method, PlannedVector>> = {}
  const models: readonly [Method, string | undefined][] = [
    ['dense', spec.dense],
    ['bm25', spec.sparse],
    ['late', spec.late],
  ]
  for (const [method, name] of models) {
    if (name === undefined) continue
    const model = await openModel(name, { modelsFolder: spec.modelsFolder })
    const { entry } = model
    vectors[method] = {
      vector: entry.name.slice(entry.name.lastIndexOf('/') + 1),
      model: entry.name,
      checksum: modelChecksum(model),
      dimension: entry.dimension ?? null,
    }
  }
  return { vectors, spec, idField }
}

/** Qdrant's collection config of a plan; what made the vectors stands in its metadata. */
export function collectionConfig(plan: CollectionPlan): CollectionConfig {
  const { dense, bm25, late } = plan.vectors
  const vectors: Record<string, unknown> = {}
  if (dense !== undefined) vectors[dense.vector] = { size: dense.dimension, distance: 'Cosine' }
  if (late !== undefined) {
    vectors[late.vector] = {
      size: late.dimension,
      distance: 'Cosine',
      multivector_config: { comparator: 'max_sim' },
      // only ever used to rerank: no graph, and half precision loses nothing (docs/adr)
      hnsw_config: { m: 0 },
      datatype: 'float16',
      on_disk: true,
    }
  }
  return {
    vectors,
    ...(bm25 !== undefined && { sparse_vectors: { [bm25.vector]: { modifier: 'idf' } } }),
    metadata: { [METADATA_KEY]: fingerprint(plan) },
  } as CollectionConfig
}

/** Everything that changes a vector or its name: equal fingerprints mean equal vectors for equal texts. */
export function fingerprint(plan: CollectionPlan): Record<string, unknown> {
  const { spec, vectors, idField } = plan
  return {
    vectors,
    precision: spec.precision ?? 'fp32',
    maxTokens: spec.maxTokens ?? null,
    bm25: spec.bm25 ?? null,
    // only where there is one: collections that were filled before this option keep their recipe
    ...(spec.poolFactor !== undefined && { poolFactor: spec.poolFactor }),
    idField,
  }
}

/**
 * Makes sure that the collection is there and was made by the same models and options.
 * @returns how many points it already holds
 * @throws InputError `COLLECTION_MISMATCH` naming each field that differs
 */
export async function prepareCollection(store: Store, collection: string, plan: CollectionPlan): Promise<number> {
  const found = await store.describeCollection(collection)
  if (found === null) {
    await store.createCollection(collection, collectionConfig(plan))
    return 0
  }
  const differences = differencesFrom(found, plan)
  if (differences.length > 0 && found.points === 0 && METADATA_KEY in found.metadata) {
    // our own, left empty by a run that stored nothing: its recipe binds nobody
    await store.deleteCollection(collection)
    await store.createCollection(collection, collectionConfig(plan))
    return 0
  }
  if (differences.length > 0) {
    throw new InputError(
      'COLLECTION_MISMATCH',
      `Collection "${collection}" in ${store.location} was made differently: ${differences.join('; ')}. ` +
        'Use another --collection, or --restart to drop this one and start over.',
    )
  }
  return found.points
}

function differencesFrom(found: CollectionDescription, plan: CollectionPlan): string[] {
  const recorded = found.metadata[METADATA_KEY]
  if (isRecord(recorded)) return describeDifferences(recorded, fingerprint(plan))
  // made by somebody else: what can be compared is the vectors' names and sizes
  const { dense, bm25, late } = plan.vectors
  const differences: string[] = []
  for (const wanted of [dense, late]) {
    if (wanted === undefined) continue
    const size = found.vectors[wanted.vector]?.size
    if (size !== wanted.dimension) {
      differences.push(
        `vector "${wanted.vector}": expected size ${wanted.dimension}, found ${size ?? 'no such vector'}`,
      )
    }
  }
  if (bm25 !== undefined && found.sparseVectors[bm25.vector]?.modifier !== 'idf') {
    differences.push(
      `sparse vector "${bm25.vector}": expected modifier idf, found ${JSON.stringify(found.sparseVectors[bm25.vector]) ?? 'no such vector'}`,
    )
  }
  return differences
}

/** One line for each leaf that differs, by its path. */
export function describeDifferences(found: unknown, wanted: unknown, path = ''): string[] {
  if (isRecord(found) && isRecord(wanted)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    return keys.flatMap((key) => describeDifferences(found[key], wanted[key], path === '' ? key : `${path}.${key}`))
  }
  if (JSON.stringify(found) === JSON.stringify(wanted)) return []
  return [`${path}: found ${JSON.stringify(found) ?? 'nothing'}, expected ${JSON.stringify(wanted) ?? 'nothing'}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The plan that a collection was filled with, as far as its metadata says; null where they say nothing. */
export function recordedPlan(found: CollectionDescription): CollectionPlan | null {
  const recorded = found.metadata[METADATA_KEY]
  if (!isRecord(recorded)) return null
  const { vectors, precision, maxTokens, bm25, poolFactor, idField } = recorded as {
    vectors: CollectionPlan['vectors']
    precision: NonNullable<EncoderSpec['precision']>
    maxTokens: number | null
    bm25: NonNullable<EncoderSpec['bm25']> | null
    poolFactor?: number
    idField: string | null
  }
  return {
    vectors,
    idField,
    spec: {
      ...(vectors.dense && { dense: vectors.dense.model }),
      ...(vectors.bm25 && { sparse: vectors.bm25.model }),
      ...(vectors.late && { late: vectors.late.model }),
      precision,
      ...(maxTokens !== null && { maxTokens }),
      ...(bm25 !== null && { bm25 }),
      ...(poolFactor !== undefined && vectors.late !== undefined && { poolFactor }),
    },
  }
}
