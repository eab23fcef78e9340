import { createHash } from 'node:crypto'
import type { ModelEntry } from './manifest.js'
import type { OpenedModel } from './model-files.js'

/**
 * SHA-256 over the sums of all of a model's files, those of a shared checkpoint and of a query model included, and over what the entry of an imported model
 * says of how they are run: the same sum, the same vectors.
 */
export function modelChecksum({ entry, base, query }: OpenedModel): string {
  const hash = createHash('sha256')
  const lines = entry.files.map(({ path, sha256 }) => `${path} ${sha256}\n`)
  for (const line of lines.sort()) hash.update(line)
  if (entry.architecture !== undefined) hash.update(`run ${JSON.stringify(RUN_FIELDS.map((field) => entry[field]))}\n`)
  if (base !== undefined) hash.update(`base ${modelChecksum(base)}\n`)
  if (entry.queryModel !== undefined) hash.update(`query ${query ? modelChecksum(query) : entry.queryModel}\n`)
  return hash.digest('hex')
}

/** Fields that change a vector though no file changes; bundled models, which state no architecture, never change them. */
const RUN_FIELDS: readonly (keyof ModelEntry)[] = [
  'architecture',
  'network',
  'output',
  'pooling',
  'normalize',
  'queryPrefix',
  'passagePrefix',
  'maxTokens',
  'settings',
]
