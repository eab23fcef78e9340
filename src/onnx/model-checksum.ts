import { createHash } from 'node:crypto'
import type { OpenedModel } from './model-files.js'

/** SHA-256 over the sums of all of a model's files, those of a shared checkpoint included: the same sum, the same vectors. */
export function modelChecksum({ entry, base }: OpenedModel): string {
  const hash = createHash('sha256')
  const lines = entry.files.map(({ path, sha256 }) => `${path} ${sha256}\n`)
  for (const line of lines.sort()) hash.update(line)
  if (base !== undefined) hash.update(`base ${modelChecksum(base)}\n`)
  return hash.digest('hex')
}
