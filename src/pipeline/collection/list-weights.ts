import { StoreError } from '../../errors.js'
import { invalidOption, isObject, shown } from '../../options.js'
import type { Store } from '../../stores/store.js'
import type { ListWeights, Method } from './collection-plan.js'
import { METHODS } from './methods.js'
import type { StoredCollection } from './opened-collection.js'

/** Key of the weights in a collection's metadata. They are no part of its recipe: no vector depends on them. */
const WEIGHTS_KEY = 'offgrid_weights'

/**
 * What was given as weights: for each list named a number from 0, and one of them above it.
 * @param where the function or option that it was given to
 * @throws InputError `INVALID_OPTION`
 */
export function checkWeights(where: string, value: unknown): ListWeights {
  const expected = `an object with a number from 0 for some of ${METHODS.join(', ')}`
  if (!isObject(value)) throw invalidOption(where, 'weights', expected, value)
  for (const [method, weight] of Object.entries(value)) {
    if (!METHODS.includes(method as Method)) throw invalidOption(where, 'weights', expected, method)
    if (weight === undefined) continue
    if (!Number.isFinite(weight) || (weight as number) < 0) {
      throw invalidOption(where, `weights.${method}`, 'a number from 0', weight)
    }
  }
  const weights = value as ListWeights
  if (Object.keys(weights).length > 0 && METHODS.some((method) => (weights[method] ?? 1) > 0)) return weights
  throw invalidOption(where, 'weights', `${expected}, not all of them 0`, value)
}

/** The weights that a collection's metadata hold; undefined where they hold none that can be read. */
export function recordedWeights(metadata: Readonly<Record<string, unknown>>): ListWeights | undefined {
  try {
    return metadata[WEIGHTS_KEY] === undefined ? undefined : checkWeights('metadata', metadata[WEIGHTS_KEY])
  } catch {
    return undefined
  }
}

/**
 * Writes weights into a collection's metadata, where every search of it finds them.
 * @throws StoreError `COLLECTION_MISSING`; `WEIGHTS_NOT_STORED` where the store keeps no metadata (Qdrant before 1.16)
 */
export async function storeWeights(
  { store, collection }: StoredCollection<Pick<Store, 'location' | 'updateMetadata' | 'describeCollection'>>,
  weights: ListWeights,
): Promise<void> {
  await store.updateMetadata?.(collection, { [WEIGHTS_KEY]: weights })
  const found = recordedWeights((await store.describeCollection(collection))?.metadata ?? {})
  if (METHODS.every((method) => found?.[method] === weights[method])) return
  throw new StoreError(
    'WEIGHTS_NOT_STORED',
    `Expected ${store.location} to keep the weights in the metadata of "${collection}", found ${shown(found)} there. Qdrant keeps metadata from 1.16 on; with an older one, name the weights in each search: --weights.`,
  )
}
