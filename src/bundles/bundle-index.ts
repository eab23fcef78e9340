import { createHash } from 'node:crypto'
import { ModelError } from '../errors.js'
import { type ModelEntry, requireEntry } from '../onnx/manifest.js'
import { type BundleSignature, isBundleSignature } from './bundle-signature.js'
import { damaged } from './tar-header.js'

/** A file of a bundle and what it must be. */
export interface BundleFile {
  /** Relative to where the bundle is unpacked, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly isExecutable?: boolean
}

/** A model of a bundle, as it stands in a manifest, licence, source and revision among it. */
export interface BundledModel {
  /** Folder of its files in the bundle. */
  readonly path: string
  readonly entry: ModelEntry
}

/** The program, where a bundle carries it. */
export interface BundledProgram {
  readonly version: string
  /** Such as `linux-x64`: its native libraries run there only. */
  readonly platform: string
  /** Range of Node versions. */
  readonly node: string
}

/** offgrid-bundle.json, the first file of a bundle: what else is in it, down to the last byte. */
export interface BundleIndex {
  readonly format: typeof FORMAT
  readonly version: typeof VERSION
  readonly models: readonly BundledModel[]
  readonly program: BundledProgram | null
  /** Where the bundle is signed: the signature stands behind the sums. */
  readonly signature?: BundleSignature
  /** Every file that is none of a model's, but this one, the sums and their signature. */
  readonly files: readonly BundleFile[]
}

const FORMAT = 'offgrid-bundle'
const VERSION = 1

export const INDEX_FILE = 'offgrid-bundle.json'
export const SUMS_FILE = 'SHA256SUMS'
/** Signature of {@link SUMS_FILE}, as `openssl pkeyutl -verify -rawin` takes it. */
export const SIGNATURE_FILE = 'SHA256SUMS.sig'
/** Folder of the models that do not come with the program: unpacked, it can be named as OFFGRID_MODELS. */
export const MODELS_PATH = 'models'

/** The index of a bundle; models by name, files by path, so that equal contents are equal bytes. */
export function createIndex(
  models: readonly BundledModel[],
  program: BundledProgram | null,
  files: readonly BundleFile[],
  signature?: BundleSignature,
): BundleIndex {
  return {
    format: FORMAT,
    version: VERSION,
    models: [...models].sort((a, b) => compare(a.entry.name, b.entry.name)),
    program,
    ...(signature !== undefined && { signature }),
    files: [...files].sort((a, b) => compare(a.path, b.path)),
  }
}

export function writeIndex(index: BundleIndex): Buffer {
  return Buffer.from(`${JSON.stringify(index, null, 2)}\n`)
}

/** manifest.json of the models in {@link MODELS_PATH}. */
export function writeBundleManifest(models: readonly BundledModel[]): Buffer {
  const own = models.filter(({ path }) => path.startsWith(`${MODELS_PATH}/`))
  const entries = own.map(({ path, entry }) => ({ ...entry, folder: path.slice(MODELS_PATH.length + 1) }))
  entries.sort((a, b) => compare(a.name, b.name))
  return Buffer.from(`${JSON.stringify({ version: 1, models: entries }, null, 2)}\n`)
}

/** Every file that follows the index and the sums, in the order in which they do. */
export function listBundleFiles({ models, files }: BundleIndex): BundleFile[] {
  const ofModels = models.flatMap(({ path, entry }) =>
    entry.files.map((file) => ({ path: `${path}/${file.path}`, sizeBytes: file.sizeBytes, sha256: file.sha256 })),
  )
  return [...ofModels, ...files].sort((a, b) => compare(a.path, b.path))
}

/** The sums of all files in the form of `sha256sum`, so that an unpacked bundle is checked without offgrid. */
export function writeSums(index: BundleIndex, indexBytes: Buffer): Buffer {
  const indexSum = createHash('sha256').update(indexBytes).digest('hex')
  const lines = [{ path: INDEX_FILE, sha256: indexSum }, ...listBundleFiles(index)]
  return Buffer.from(lines.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''))
}

/**
 * Reads and checks an index: nothing of it is trusted before.
 * @throws ModelError `BUNDLE_DAMAGED`, `BUNDLE_VERSION`
 */
export function parseIndex(bytes: Buffer): BundleIndex {
  let index: Partial<Record<keyof BundleIndex, unknown>>
  try {
    index = JSON.parse(bytes.toString('utf8')) as typeof index
  } catch (cause) {
    throw damaged(`an ${INDEX_FILE} that is not JSON`, cause)
  }
  if (index?.format !== FORMAT) throw damaged(`an ${INDEX_FILE} of format ${JSON.stringify(index?.format)}`)
  if (index.version !== VERSION) {
    throw new ModelError(
      'BUNDLE_VERSION',
      `Expected a bundle of version ${VERSION}, got ${JSON.stringify(index.version)}: it was written by another version of offgrid. Install that one, or write the bundle with this one.`,
    )
  }
  const { models, files, program, signature } = index
  if (!Array.isArray(models) || !Array.isArray(files)) throw damaged(`an ${INDEX_FILE} without models and files`)
  for (const [i, model] of (models as unknown[]).entries()) requireModel(i, model)
  for (const file of files as unknown[]) requireFile(file)
  if (program !== null && typeof (program as BundledProgram | undefined)?.platform !== 'string') {
    throw damaged(`an ${INDEX_FILE} whose program has no platform`)
  }
  if (signature !== undefined && !isBundleSignature(signature)) {
    throw damaged(`an ${INDEX_FILE} with a signature of another kind`)
  }
  const parsed = index as unknown as BundleIndex
  requireDistinct(parsed)
  return parsed
}

function requireModel(i: number, model: unknown): asserts model is BundledModel {
  const { path, entry } = (model ?? {}) as Partial<BundledModel>
  try {
    requireEntry(INDEX_FILE, `models[${i}].entry`, entry)
  } catch (cause) {
    throw damaged(`a model that is not one (${(cause as Error).message})`, cause)
  }
  requirePath(path)
  for (const file of entry.files) requirePath(`${path}/${file.path}`)
}

function requireFile(file: unknown): asserts file is BundleFile {
  const { path, sizeBytes, sha256 } = (file ?? {}) as Partial<BundleFile>
  requirePath(path)
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes! < 0 || !/^[0-9a-f]{64}$/.test(String(sha256))) {
    throw damaged(`a file without size and SHA-256 (${path})`)
  }
}

/** A relative path whose every part names the same file on every system: no `..`, no drive, no backslash, no device of Windows. */
function requirePath(path: unknown): asserts path is string {
  const isPortable =
    typeof path === 'string' &&
    path.split('/').every((part) => /^[^\\:*?"<>|\p{Cc}]+$/u.test(part) && !/^\.{1,2}$|[. ]$/.test(part)) &&
    !path.split('/').some((part) => /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(part))
  if (!isPortable) throw damaged(`a path that leads elsewhere (${JSON.stringify(path)})`)
}

/** No model and no file twice, also where a file system takes upper for lower case. */
function requireDistinct(index: BundleIndex): void {
  const names = index.models.map(({ entry }) => entry.name)
  const paths = [INDEX_FILE, SUMS_FILE, SIGNATURE_FILE, ...listBundleFiles(index).map(({ path }) => path)]
  for (const each of [names, paths]) {
    const seen = new Set<string>()
    for (const one of each) {
      if (seen.has(one.toLowerCase())) throw damaged(`two of ${one}`)
      seen.add(one.toLowerCase())
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
