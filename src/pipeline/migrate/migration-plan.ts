import { isOnnx, requirePrecision } from '../../encoders/network/network.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { InputError, optionError, StoreError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'
import { METADATA_KEY } from '../../stores/collection-metadata.js'
import type { CollectionConfig, CollectionDescription, Store } from '../../stores/store.js'
import { chunkingOptionsOf } from '../collection/chunking-plan.js'
import {
  type CollectionPlan,
  type CollectionPlanOptions,
  collectionConfig,
  describeRecipeDifferences,
  keepsDocumentVectors,
  pickDefined,
  planCollection,
  recipeAsJson,
  recordedPlan,
} from '../collection/collection-plan.js'
import { withLayout } from '../collection/layout.js'
import { migratedFromNow } from '../collection/migrated-from.js'
import { resolveCollection } from '../collection/resolve-collection.js'
import { namesOf } from '../collection/vector-naming.js'

/**
 * Key in the metadata of the second collection: the first one's name, which becomes an alias of it when the first is dropped. Whoever dies between the two
 * leaves no other trace.
 */
export const REPLACES_KEY = 'offgrid.replaces'

/** A collection that gets another dense model, and the one beside it that is filled with the new vectors. */
export interface MigrationPlan {
  /** The name that was given: an alias, or the collection's own. */
  readonly name: string
  readonly source: string
  readonly target: string
  readonly plan: CollectionPlan
}

/** A migration, and what it was planned from. */
export interface PlannedMigration extends MigrationPlan {
  readonly found: CollectionDescription
  /** The encoder that was asked for, and what the plan was made with beside it. */
  readonly spec: EncoderSpec
  readonly options: CollectionPlanOptions
}

/**
 * What a migration is to do: everything of the collection's recipe stays but its dense model and what is that model's own.
 * @param to name of the second collection. @default the first with the model's name behind it
 * @throws StoreError `COLLECTION_MISSING`; InputError `COLLECTION_NOT_OURS`, `NOTHING_TO_MIGRATE`, `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE`, `INVALID_OPTION`
 */
export async function planMigration(store: Store, name: string, model: string, to?: string): Promise<PlannedMigration> {
  const source = await resolveCollection(store, name)
  const found = await store.describeCollection(source)
  if (found === null)
    throw new StoreError('COLLECTION_MISSING', `Expected collection "${name}" in ${store.location}.`, { status: 404 })
  const recorded = recordedPlan(found)
  if (recorded === null)
    throw new InputError(
      'COLLECTION_NOT_OURS',
      `Collection "${source}" in ${store.location} does not say how its vectors were made, so nobody knows what to keep of it. Ingest its texts into a new collection: offgrid ingest FILE --model ${model}.`,
    )
  const opened = await openModel(model, { modelsFolder: recorded.spec.modelsFolder })
  const target = to ?? secondName(source, opened.entry)
  const options = {
    idField: recorded.idField ?? undefined,
    mapping: recorded.mapping,
    chunking:
      recorded.chunking === null
        ? undefined
        : { ...chunkingOptionsOf(recorded.chunking), documents: keepsDocumentVectors(recorded) },
  }
  const spec = specFor(opened, recorded.spec, await store.describeCollection(target))
  const plan = withLayout(await planCollection(spec, options), recorded.layout)
  if (describeRecipeDifferences(found.metadata[METADATA_KEY] as Recipe, recipeAsJson(plan)).length === 0)
    throw new InputError(
      'NOTHING_TO_MIGRATE',
      `Collection "${source}"${source === name ? '' : `, for which "${name}" stands,`} in ${store.location} holds the vectors of ${model} already.`,
    )
  const all = (await store.aliases?.list()) ?? new Map<string, string>()
  if (target === source || all.has(target))
    throw optionError(`--to: expected the name of another collection than "${source}", and no alias, got ${target}.`)
  return { name, source, target, plan, found, spec, options }
}

/** The second collection's name where none is given: the first one's with the model's behind it. */
export function secondName(source: string, { name }: Pick<ModelEntry, 'name'>): string {
  return `${source}-${name.replace(/^.*\//, '').toLowerCase()}`
}

/** What only the dense model is concerned with, but for the precision of late vectors. */
const MODELS_OWN = ['prefixes', 'dimensions', 'pooling', 'normalize', 'task', 'precision'] as const

/**
 * The encoder of the second collection. How the dense model pools, shortens and prompts a text, and in which arithmetic, is its own business: what the
 * second collection says, where it was filled by that model before, so that one can go back to it.
 * @throws InputError `INVALID_OPTION` for int8 late vectors beside an ONNX file
 */
function specFor(opened: OpenedModel, recorded: EncoderSpec, there: CollectionDescription | null): EncoderSpec {
  const dense = opened.entry.name
  const { prefixes, dimensions, pooling, normalize, task, precision, ...rest } = recorded
  // where the recipe names no factor, a row for each token
  const kept = { ...rest, ...(rest.late !== undefined && { poolFactor: rest.poolFactor ?? 1 }) }
  const former = there === null ? undefined : recordedPlan(there)?.spec
  if (former?.dense === dense) return { ...kept, ...pickDefined(former, MODELS_OWN), dense }
  // an ONNX file runs in the arithmetic that it holds, and late vectors keep theirs
  if (kept.late === undefined && isOnnx(opened)) return { ...kept, dense }
  requirePrecision(opened, precision)
  return { ...kept, ...(precision !== undefined && { precision }), dense }
}

/**
 * Makes the second collection with the settings and payload indexes of the first, or finds it as an earlier try left it.
 * @throws InputError `COLLECTION_MISMATCH` if there is another one of that name
 */
export async function prepareTarget(store: Store, { source, target, found, plan }: PlannedMigration): Promise<void> {
  const there = await store.describeCollection(target)
  if (there === null) {
    const { metadata, ...config } = targetConfig(found, plan)
    await store.createCollection(target, {
      ...config,
      metadata: { ...metadata, ...migratedFromNow(source, found, null) },
    })
    for (const [field, schema] of Object.entries(found.payloadSchema))
      await store.createPayloadIndex(target, field, schema)
    return
  }
  const recipe = there.metadata[METADATA_KEY] as Recipe | undefined
  const differences =
    recipe === undefined ? ['it was not made by offgrid'] : describeRecipeDifferences(recipe, recipeAsJson(plan))
  if (differences.length === 0) {
    await store.updateMetadata?.(target, migratedFromNow(source, found, there))
    return
  }
  throw new InputError(
    'COLLECTION_MISMATCH',
    `Collection "${target}" in ${store.location} was made differently: ${differences.join('; ')}. Use another --to, or drop it: offgrid store drop ${target}.`,
  )
}

type Recipe = Readonly<Record<string, unknown>>

/** The settings of the first collection, its dense vector's under the new name, and the new recipe. */
function targetConfig(found: CollectionDescription, plan: CollectionPlan): CollectionConfig {
  const made = collectionConfig(plan)
  const { [REPLACES_KEY]: _replaced, ...metadata } = found.metadata
  const former = recordedPlan(found)?.vectors.dense
  const { size: _, ...settings } = (former && found.vectors[former.vector]) ?? {}
  const vectors = Object.entries((made.vectors ?? {}) as Record<string, object>).map(([name, params]) => {
    const there = namesOf(plan.vectors.dense).includes(name) ? settings : found.vectors[name]
    return [name, { ...there, ...params }]
  })
  const sparse = Object.entries(made.sparse_vectors ?? {}).map(([name, params]) => [
    name,
    { ...found.sparseVectors[name], ...params },
  ])
  return {
    ...found.config,
    vectors: Object.fromEntries(vectors),
    ...(sparse.length > 0 && { sparse_vectors: Object.fromEntries(sparse) }),
    metadata: { ...metadata, ...made.metadata },
  } as CollectionConfig
}
