import type { Bm25Options, FastEmbedBm25Options } from '../../encoders/bm25/bm25-options.js'
import { resolveBm25Options } from '../../encoders/bm25/bm25-recipe.js'
import { withModelPrompts } from '../../encoders/model-prompts.js'
import { InputError, ModelError, StoreError } from '../../errors.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { findModel, openModel } from '../../onnx/model-files.js'
import { bm25Differences, bm25Mismatch } from '../../stores/collection-metadata.js'
import type { CollectionDescription, Store } from '../../stores/store.js'
import { type CollectionPlan, type Method, planCollection, recordedPlan } from './collection-plan.js'
import { describeDifferences } from './describe-differences.js'
import { planForeign } from './foreign-plan.js'
import { recordedWeights } from './list-weights.js'

/** How BM25 makes words of texts. */
export type Bm25Words = Pick<FastEmbedBm25Options, 'language' | 'segmenter'>

/** How somebody takes a collection to have been filled; what is left out, the collection says. */
export interface AskedRecipe {
  readonly words?: Bm25Words
  /** Model of each method. */
  readonly models?: Partial<Readonly<Record<Method, string>>>
  readonly prompts?: 'model' | 'none' | undefined
  /** Vectors of a collection that another program filled, see `planForeign`. */
  readonly using?: readonly string[]
}

/**
 * How an existing collection was filled, checked against the models that are here: a query must be encoded by the very files that encoded the documents.
 * A collection that was filled by something else is matched by its vectors' names against `defaults`.
 * @param asked refused where the collection was filled in another way; where nothing says how it was, taken in place of `defaults`
 * @throws StoreError `COLLECTION_MISSING`; ModelError `MODEL_CHANGED`; InputError `COLLECTION_MISMATCH`
 */
export async function openCollectionPlan(
  store: Pick<Store, 'location' | 'describeCollection' | 'listCollections'>,
  collection: string,
  defaults: Readonly<Record<Method, string>>,
  asked: AskedRecipe = {},
): Promise<CollectionPlan> {
  const found = await store.describeCollection(collection)
  if (found === null) {
    const names = await store.listCollections()
    const there = names.length === 0 ? 'it holds none' : `it holds ${names.join(', ')}`
    throw new StoreError(
      'COLLECTION_MISSING',
      `Expected collection "${collection}" in ${store.location}, but ${there}. Fill it first: offgrid ingest FILE --collection ${collection}`,
      { status: 404 },
    )
  }
  const plan = await planOfFound(found, collection, defaults, asked)
  const weights = recordedWeights(found.metadata)
  return weights === undefined ? plan : { ...plan, weights }
}

async function planOfFound(
  found: CollectionDescription,
  collection: string,
  defaults: Readonly<Record<Method, string>>,
  asked: AskedRecipe,
): Promise<CollectionPlan> {
  const { words = {}, models = {}, prompts, using = [] } = asked
  const recorded = recordedPlan(found)
  const names = [...Object.keys(found.vectors), ...Object.keys(found.sparseVectors)]
  const named = { ...defaults, ...models }
  const isNamed = Object.values(named).some((model) => names.includes(vectorNameOf(model)))
  if (using.length > 0 || (recorded === null && !isNamed && Object.keys(models).length > 0)) {
    return planForeign(
      collection,
      found,
      { using, models },
      {
        ...(Object.keys(words).length > 0 && { bm25: words }),
        ...(prompts !== undefined && { prefixes: prompts }),
      },
    )
  }
  if (recorded === null) return planByNames(names, collection, named, { words, prompts })
  requireSameWords(collection, recorded, words)
  await requireSameModels(collection, recorded, asked)
  for (const { model, checksum } of Object.values(recorded.vectors)) {
    const here = modelChecksum(await openModel(model))
    if (here !== checksum) {
      throw new ModelError(
        'MODEL_CHANGED',
        `Collection "${collection}" was filled by ${model} with the checksum ${checksum.slice(0, 12)}…, but the model here has ${here.slice(0, 12)}…. ` +
          'Bring that model back (OFFGRID_MODELS names its folder), or fill the collection again: offgrid ingest FILE --restart',
      )
    }
  }
  return recorded
}

/** @throws InputError `COLLECTION_MISMATCH` */
function requireSameWords(
  collection: string,
  { spec: { bm25 = {} }, vectors }: CollectionPlan,
  words: Bm25Words,
): void {
  if (Object.keys(words).length === 0 || bm25.dialect === 'qdrant' || vectors.bm25 === undefined) return
  const recipe = resolveBm25Options({ ...bm25, segmenter: undefined, ...words } as Bm25Options)
  const differences = bm25Differences(resolveBm25Options(bm25), { dialect: 'fastembed', recipe }, 'query')
  if (differences.length > 0)
    throw bm25Mismatch(collection, differences, 'Leave out --language and --segmenter: the collection knows its own.')
}

/** @throws InputError `COLLECTION_MISMATCH`, `UNKNOWN_MODEL` */
async function requireSameModels(
  collection: string,
  { vectors, spec }: CollectionPlan,
  { models = {}, prompts }: AskedRecipe,
): Promise<void> {
  const asked = Object.fromEntries(
    await Promise.all(
      Object.entries(models).map(async ([method, name]) => [method, (await findModel(name)).entry.name] as const),
    ),
  )
  const found = Object.fromEntries(Object.keys(asked).map((method) => [method, vectors[method as Method]?.model]))
  const wanted = prompts && (await withModelPrompts({ ...spec, prefixes: prompts })).prefixes
  const differences = [
    ...describeDifferences(found, asked),
    ...(prompts === undefined ? [] : describeDifferences(spec.prefixes, wanted, 'prompts')),
  ]
  if (differences.length === 0) return
  throw new InputError(
    'COLLECTION_MISMATCH',
    `Collection "${collection}" was filled by other models: ${differences.join('; ')}. Vectors of two models do not compare. ` +
      'Leave models and prompts out, since the collection knows its own, or fill another one: offgrid ingest FILE --model NAME --collection OTHER',
  )
}

async function planByNames(
  names: readonly string[],
  collection: string,
  defaults: Readonly<Record<Method, string>>,
  { words = {}, prompts }: AskedRecipe,
): Promise<CollectionPlan> {
  const isThere = (method: Method) => names.includes(vectorNameOf(defaults[method]))
  if (!isThere('dense') && !isThere('bm25')) {
    throw new InputError(
      'COLLECTION_MISMATCH',
      `Collection "${collection}": expected a vector named after one of ${Object.values(defaults).join(', ')}; it has ${names.map((name) => name || 'one without a name').join(', ') || 'none'}. If another program filled it, name its model, and its vector where there are several: --model NAME --using NAME.`,
    )
  }
  return planCollection({
    ...(isThere('dense') && { dense: defaults.dense }),
    ...(isThere('bm25') && { sparse: defaults.bm25, ...(Object.keys(words).length > 0 && { bm25: words }) }),
    // nobody says that rows of its documents were merged
    ...(isThere('late') && { late: defaults.late, poolFactor: 1 }),
    ...(prompts !== undefined && { prefixes: prompts }),
  })
}

/** The name that offgrid gives the vector of a model. */
function vectorNameOf(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1)
}
