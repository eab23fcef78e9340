import type { Side } from '../../encoders/encoder.js'
import { InputError } from '../../errors.js'
import { METADATA_KEY, type RecordedRecipe, recordedBm25 } from '../../stores/collection-metadata.js'
import type { CollectionConfig, CollectionDescription } from '../../stores/store.js'
import { namedVectors } from '../../stores/table-schema.js'
import {
  type CollectionPlan,
  collectionConfig,
  describeRecipeDifferences,
  type PlannedVector,
} from '../collection/collection-plan.js'
import { describeDifferences } from '../collection/describe-differences.js'
import { namesOf } from '../collection/vector-naming.js'

/** Stands in a points file, so that its vectors can be stored elsewhere as what they are. */
export interface PointsRecipe {
  /** Version of the file's format. */
  readonly offgridPoints: 1
  /** The collection that the points belong in: vectors, sparse vectors, and in its metadata the models with their checksums. */
  readonly config: CollectionConfig
}

/** Kind and size of a vector in a points file. */
export interface PointsVector {
  readonly name: string
  readonly kind: 'dense' | 'sparse' | 'multivector'
}

/**
 * The recipe of some of a collection's vectors.
 * @param names vectors of the collection; the metadata of the others is left out
 */
export function recipeOf(found: CollectionDescription, names: readonly string[]): PointsRecipe {
  const pick = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
  const vectors = pick(found.vectors)
  const sparse = pick(found.sparseVectors)
  const config = {
    vectors: '' in vectors ? vectors[''] : vectors,
    ...(Object.keys(sparse).length > 0 && { sparse_vectors: sparse }),
    metadata: pickMetadata(found.metadata, names),
  }
  return { offgridPoints: 1, config: config as CollectionConfig }
}

/** The recipe of what a plan makes. Vectors of queries say so: they are not to be mixed with those of documents. */
export function recipeOfPlan(plan: CollectionPlan, side: Side): PointsRecipe {
  const config = collectionConfig(plan)
  if (side === 'document') return { offgridPoints: 1, config }
  const ours = { ...(config.metadata?.[METADATA_KEY] as object), side }
  return { offgridPoints: 1, config: { ...config, metadata: { ...config.metadata, [METADATA_KEY]: ours } } }
}

/** Our entry names a vector per method: those that are not exported would be missed. */
function pickMetadata(metadata: CollectionDescription['metadata'], names: readonly string[]): Record<string, unknown> {
  const ours = metadata[METADATA_KEY] as { vectors?: Record<string, PlannedVector>; poolFactor?: number } | undefined
  if (ours?.vectors === undefined) return { ...metadata }
  const picked = Object.entries(ours.vectors).flatMap(([method, { documentVector: _, ...planned }]) => {
    const [vector, documentVector] = namesOf(ours.vectors![method]).filter((name) => names.includes(name))
    if (vector === undefined) return []
    return [[method, { ...planned, vector, ...(documentVector !== undefined && { documentVector }) }]]
  })
  const vectors = Object.fromEntries(picked)
  const { poolFactor, ...rest } = ours
  // of the rows of late vectors alone
  const rows = vectors.late !== undefined && poolFactor !== undefined && { poolFactor }
  return { ...metadata, [METADATA_KEY]: { ...rest, ...rows, vectors } }
}

/** The vectors of a recipe, in its order. */
export function recipeVectors({ config }: PointsRecipe): PointsVector[] {
  const dense = Object.entries(namedVectors(config)).map(
    ([name, { multivector_config }]): PointsVector => ({ name, kind: multivector_config ? 'multivector' : 'dense' }),
  )
  const sparse = Object.keys(config.sparse_vectors ?? {}).map((name): PointsVector => ({ name, kind: 'sparse' }))
  return [...dense, ...sparse]
}

/**
 * Reads a recipe.
 * @throws InputError `NOT_A_POINTS_FILE`
 */
export function parseRecipe(value: unknown, file: string): PointsRecipe {
  const recipe = value as Partial<PointsRecipe> | null | undefined
  if (recipe?.offgridPoints === 1 && typeof recipe.config === 'object' && recipe.config !== null) {
    return recipe as PointsRecipe
  }
  throw new InputError(
    'NOT_A_POINTS_FILE',
    `Expected a file of points with the recipe of their vectors, got ${file}, which has none that this version reads; ` +
      'write it by offgrid export --out FILE.parquet (or .jsonl), or by offgrid embed --out FILE.parquet.',
  )
}

/**
 * Makes sure that a collection is there and takes the points of a recipe.
 * @throws InputError `COLLECTION_MISMATCH` naming each field that differs
 */
export function requireSameRecipe(found: CollectionDescription, recipe: PointsRecipe, where: string): void {
  const differences = differencesBetween(found, recipe)
  if (differences.length === 0) return
  throw new InputError(
    'COLLECTION_MISMATCH',
    `${where} was made differently than the points of the file: ${differences.join('; ')}. ` +
      'Use another --collection, or --restart to drop this one and start over.',
  )
}

/** A recipe with BM25's options as they are compared: all of them, or none where there is no BM25. */
function withBm25(recipe: unknown): Record<string, unknown> {
  return { ...(recipe as RecordedRecipe), bm25: recordedBm25(recipe as RecordedRecipe) }
}

/** What of a recipe concerns some of its vectors: another method's is left out. */
export function recipeOfVectors({ config, ...rest }: PointsRecipe, names: readonly string[]): PointsRecipe {
  const metadata = pickMetadata(config.metadata ?? {}, names)
  const ours = metadata[METADATA_KEY] as (RecordedRecipe & { vectors?: object }) | undefined
  const narrowed = ours === undefined || ours.vectors?.bm25 !== undefined ? ours : { ...ours, bm25: null }
  return { ...rest, config: { ...config, metadata: { ...metadata, [METADATA_KEY]: narrowed } } }
}

/**
 * In what two recipes that say how their vectors were made differ, a line for each field.
 * @param sides what the two are called
 */
export function recipeDifferences(a: PointsRecipe, b: PointsRecipe, sides: readonly [string, string]): string[] {
  const [ours, its] = [a.config.metadata?.[METADATA_KEY], b.config.metadata?.[METADATA_KEY]]
  return describeRecipeDifferences(withBm25(ours), withBm25(its), sides)
}

function differencesBetween(found: CollectionDescription, { config }: PointsRecipe): string[] {
  const [ours, its] = [found.metadata[METADATA_KEY], config.metadata?.[METADATA_KEY]]
  if (ours !== undefined && its !== undefined) return describeRecipeDifferences(withBm25(ours), withBm25(its))
  // made by somebody else: what can be compared is the vectors' kinds and sizes
  const shape = (params: { size: number; distance: string; multivector_config?: unknown }) => ({
    size: params.size,
    distance: params.distance,
    multivector: params.multivector_config != null,
  })
  const shapes = (vectors: Readonly<Record<string, Parameters<typeof shape>[0]>>, sparse: object | undefined) => ({
    vectors: Object.fromEntries(Object.entries(vectors).map(([name, params]) => [name, shape(params)])),
    sparse: Object.keys(sparse ?? {}).sort(),
  })
  return describeDifferences(
    shapes(found.vectors, found.sparseVectors),
    shapes(namedVectors(config), config.sparse_vectors ?? undefined),
  )
}
