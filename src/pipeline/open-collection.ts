import { InputError, ModelError, StoreError } from '../errors.js'
import { modelChecksum } from '../onnx/model-checksum.js'
import { openModel } from '../onnx/model-files.js'
import type { Store } from '../stores/store.js'
import { type CollectionPlan, type Method, planCollection, recordedPlan } from './collection-plan.js'

/**
 * How an existing collection was filled, checked against the models that are here: a query must be encoded by the very files that encoded the documents.
 * A collection that was filled by something else is matched by its vectors' names against `defaults`.
 * @throws StoreError `COLLECTION_MISSING`; ModelError `MODEL_CHANGED`; InputError `COLLECTION_MISMATCH`
 */
export async function openCollectionPlan(
  store: Pick<Store, 'location' | 'describeCollection' | 'listCollections'>,
  collection: string,
  defaults: Readonly<Record<Method, string>>,
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
  const recorded = recordedPlan(found)
  if (recorded === null)
    return planByNames([...Object.keys(found.vectors), ...Object.keys(found.sparseVectors)], collection, defaults)
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

async function planByNames(
  names: readonly string[],
  collection: string,
  defaults: Readonly<Record<Method, string>>,
): Promise<CollectionPlan> {
  const isThere = (method: Method) => names.includes(defaults[method].slice(defaults[method].lastIndexOf('/') + 1))
  if (!isThere('dense') && !isThere('bm25')) {
    throw new InputError(
      'COLLECTION_MISMATCH',
      `Collection "${collection}": expected a vector named after one of ${Object.values(defaults).join(', ')}; it has ${names.join(', ') || 'none'}.`,
    )
  }
  return planCollection({
    ...(isThere('dense') && { dense: defaults.dense }),
    ...(isThere('bm25') && { sparse: defaults.bm25 }),
    ...(isThere('late') && { late: defaults.late }),
  })
}
