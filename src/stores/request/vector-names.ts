import { isMissing, isObject, type JsonObject } from '../../options.js'
import type { CollectionConfig } from '../store.js'
import { namedVectors } from '../table-schema.js'
import { checkSparseParams, checkVectorName, checkVectorParams } from './config-check.js'
import { malformed, wrongInput } from './refusal.js'

/**
 * The config with a named vector more: `{ dense: params }` or `{ sparse: params }`. The same object where it is there already.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function addVectorName(config: CollectionConfig, name: string, request: JsonObject): CollectionConfig {
  const kind = isObject(request.dense) ? 'dense' : isObject(request.sparse) ? 'sparse' : null
  if (!kind) throw malformed('data did not match any variant of untagged enum VectorNameConfig')
  const params = kind === 'dense' ? checkVectorParams(request.dense, 'dense') : checkSparseParams(request.sparse)
  checkVectorName(name, kind)
  const dense = namedVectors(config)
  const sparse = config.sparse_vectors ?? {}
  const known: unknown = Object.hasOwn(dense, name) ? dense[name] : sparse[name]
  if (known !== undefined) {
    const isSame = Object.hasOwn(dense, name) === (kind === 'dense') && isEqual(known, params)
    if (isSame) return config
    throw wrongInput(`Vector \`${name}\` already exists with a different configuration`)
  }
  return kind === 'dense'
    ? { ...config, vectors: { ...dense, [name]: params } as NonNullable<CollectionConfig['vectors']> }
    : { ...config, sparse_vectors: { ...sparse, [name]: params } as NonNullable<CollectionConfig['sparse_vectors']> }
}

/** The config without a named vector. The same object where there is none of that name. */
export function dropVectorName(config: CollectionConfig, name: string): CollectionConfig {
  const { [name]: dense, ...vectors } = namedVectors(config)
  const { [name]: sparse, ...sparseVectors } = config.sparse_vectors ?? {}
  if (dense) return { ...config, vectors: vectors as NonNullable<CollectionConfig['vectors']> }
  return sparse ? { ...config, sparse_vectors: sparseVectors } : config
}

/** Deep equality of two JSON values; a missing key is as good as null. */
function isEqual(a: unknown, b: unknown): boolean {
  if (isMissing(a) || isMissing(b)) return isMissing(a) && isMissing(b)
  if (!isObject(a) || !isObject(b)) return JSON.stringify(a) === JSON.stringify(b)
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isEqual(a[key], b[key]))
}
