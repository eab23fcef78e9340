import type { Bm25Options, FastEmbedBm25Options } from '../../encoders/bm25/bm25-options.js'
import { resolveBm25Options } from '../../encoders/bm25/bm25-recipe.js'
import { InputError, ModelError, StoreError } from '../../errors.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { openModel } from '../../onnx/model-files.js'
import { bm25Differences, bm25Mismatch } from '../../stores/collection-metadata.js'
import type { Store } from '../../stores/store.js'
import { type CollectionPlan, type Method, planCollection, recordedPlan } from './collection-plan.js'
import { type NamedVector, planForeign } from './foreign-plan.js'

/** How BM25 makes words of texts. */
export type Bm25Words = Pick<FastEmbedBm25Options, 'language' | 'segmenter'>

/**
 * How an existing collection was filled, checked against the models that are here: a query must be encoded by the very files that encoded the documents.
 * A collection that was filled by something else is matched by its vectors' names against `defaults`.
 * @param words how BM25 makes words, where nothing says how the collection's were made
 * @param named the vectors and models that a search is by, in place of what the collection says
 * @throws StoreError `COLLECTION_MISSING`; ModelError `MODEL_CHANGED`; InputError `COLLECTION_MISMATCH`
 */
export async function openCollectionPlan(
  store: Pick<Store, 'location' | 'describeCollection' | 'listCollections'>,
  collection: string,
  defaults: Readonly<Record<Method, string>>,
  words: Bm25Words = {},
  named: readonly NamedVector[] = [],
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
  if (named.length > 0) {
    return await planForeign(collection, found, named, Object.keys(words).length > 0 ? { bm25: words } : {})
  }
  const recorded = recordedPlan(found)
  if (recorded === null)
    return planByNames(
      [...Object.keys(found.vectors), ...Object.keys(found.sparseVectors)],
      collection,
      defaults,
      words,
    )
  requireSameWords(collection, recorded, words)
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

async function planByNames(
  names: readonly string[],
  collection: string,
  defaults: Readonly<Record<Method, string>>,
  words: Bm25Words,
): Promise<CollectionPlan> {
  const isThere = (method: Method) => names.includes(defaults[method].slice(defaults[method].lastIndexOf('/') + 1))
  if (!isThere('dense') && !isThere('bm25')) {
    throw new InputError(
      'COLLECTION_MISMATCH',
      `Collection "${collection}": expected a vector named after one of ${Object.values(defaults).join(', ')}; it has ${names.map((name) => name || 'one without a name').join(', ') || 'none'}. If another program filled it, name its vector and model: --using NAME --model NAME (docs/foreign-collections.md).`,
    )
  }
  return planCollection({
    ...(isThere('dense') && { dense: defaults.dense }),
    ...(isThere('bm25') && { sparse: defaults.bm25, ...(Object.keys(words).length > 0 && { bm25: words }) }),
    ...(isThere('late') && { late: defaults.late }),
  })
}
