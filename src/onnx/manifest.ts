import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'

export type ModelKind = 'dense' | 'sparse' | 'late'

/** One file of a model. */
export interface ModelFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** What manifest.json says of a model. */
export interface ModelEntry {
  readonly name: string
  readonly kind: ModelKind
  /** Relative to the models folder. */
  readonly folder: string
  readonly files: readonly ModelFile[]
  /** Name of the model whose checkpoint and tokenizer this one shares. */
  readonly base?: string
  /** Floats per vector; null for sparse models. */
  readonly dimension: number | null
  /** Default cut, special tokens included; null where texts are not cut. */
  readonly maxTokens: number | null
  readonly pooling: 'mean' | 'cls' | null
  readonly licence: string
  readonly source: string
  readonly revision: string
}

/** manifest.json of a models folder. */
export interface Manifest {
  readonly version: 1
  readonly models: readonly ModelEntry[]
}

export const MANIFEST_FILE = 'manifest.json'

/**
 * Reads the manifest of a models folder; a folder without one has no models yet.
 * @throws ModelError `MANIFEST_INVALID`
 */
export async function readManifest(modelsFolder: string): Promise<Manifest> {
  const path = join(modelsFolder, MANIFEST_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, models: [] }
    throw invalid(path, (cause as Error).message, cause)
  }
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (cause) {
    throw invalid(path, `it is not JSON: ${(cause as Error).message}`, cause)
  }
  const { version, models } = (manifest ?? {}) as Partial<Manifest>
  if (version !== 1) throw invalid(path, `expected version 1, got ${JSON.stringify(version)}`)
  if (!Array.isArray(models)) throw invalid(path, '"models" is not a list')
  for (const [i, entry] of models.entries()) requireEntry(path, i, entry)
  return { version, models }
}

function requireEntry(path: string, i: number, entry: unknown): asserts entry is ModelEntry {
  const where = `models[${i}]`
  if (typeof entry !== 'object' || entry === null) throw invalid(path, `${where} is not an object`)
  const fields = entry as Readonly<Record<string, unknown>>
  for (const key of ['name', 'folder', 'licence', 'source', 'revision']) {
    if (typeof fields[key] !== 'string') throw invalid(path, `${where}.${key} is not a string`)
  }
  const { kind, base, dimension, maxTokens, pooling, files } = fields
  if (kind !== 'dense' && kind !== 'sparse' && kind !== 'late') throw invalid(path, `${where}.kind is ${String(kind)}`)
  if (base !== undefined && typeof base !== 'string') throw invalid(path, `${where}.base is not a string`)
  if (dimension !== null && !isCount(dimension)) throw invalid(path, `${where}.dimension is not a whole number or null`)
  if (maxTokens !== null && !isCount(maxTokens)) throw invalid(path, `${where}.maxTokens is not a whole number or null`)
  if (pooling !== null && pooling !== 'mean' && pooling !== 'cls')
    throw invalid(path, `${where}.pooling is ${String(pooling)}`)
  requireInside(path, `${where}.folder`, fields.folder as string)
  if (!Array.isArray(files)) throw invalid(path, `${where}.files is not a list`)
  for (const [j, file] of (files as Readonly<Record<string, unknown>>[]).entries()) {
    const at = `${where}.files[${j}]`
    if (typeof file?.path !== 'string' || !isCount(file.sizeBytes))
      throw invalid(path, `${at} has no path and sizeBytes`)
    if (typeof file.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(file.sha256))
      throw invalid(path, `${at}.sha256 is no SHA-256`)
    requireInside(path, `${at}.path`, file.path)
  }
}

/** A manifest from elsewhere must not reach files outside its folder. */
function requireInside(path: string, where: string, relative: string): void {
  if (relative === '' || /^([/\\]|[A-Za-z]:)/.test(relative) || relative.split(/[/\\]/).includes('..')) {
    throw invalid(path, `${where} is "${relative}", expected a path inside the folder`)
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalid(path: string, what: string, cause?: unknown): ModelError {
  return new ModelError('MANIFEST_INVALID', `${path}: ${what}. Restore the file or import the models again.`, { cause })
}
