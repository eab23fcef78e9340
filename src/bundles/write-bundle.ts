import { createHash, type KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { installedFolderName } from '../encoders/models/install-model.js'
import { ModelError } from '../errors.js'
import { AtomicFile } from '../files/atomic-file.js'
import { readInPieces } from '../files/read-in-pieces.js'
import { sizeOfFiles } from '../files/size-of-files.js'
import { MANIFEST_FILE } from '../onnx/manifest.js'
import { type FoundModel, findModel, listModels } from '../onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER } from '../onnx/models-folders.js'
import { hashFile } from '../onnx/verified-files.js'
import { given, rejectUnknownOptions } from '../options.js'
import {
  type BundledModel,
  type BundledProgram,
  type BundleFile,
  type BundleIndex,
  createIndex,
  INDEX_FILE,
  listBundleFiles,
  MODELS_PATH,
  parseIndex,
  SIGNATURE_FILE,
  SUMS_FILE,
  writeBundleManifest,
  writeIndex,
  writeSums,
} from './bundle-index.js'
import { type BundleSignature, describeSignature, readSigningKey, signSums } from './bundle-signature.js'
import { LAUNCHERS } from './launchers.js'
import { describeProgram, listPackages, listProgramFiles, PROGRAM_PATH } from './program-files.js'
import { createSbom, SBOM_FILE, writeSbom } from './sbom.js'
import { GZIP_HEADER, TAR_BLOCK_BYTES, writeTarHeader } from './tar-header.js'

export interface WriteBundleOptions {
  /** Names of models (upper or lower case); models that they depend on are included. @default all installed models */
  readonly names?: readonly string[]
  /** Folder with a manifest.json, looked at before `OFFGRID_MODELS`, the user's own and the bundled models. */
  readonly modelsFolder?: string
  /** Whether the program comes along, with what it needs on this platform but Node. @default false */
  readonly withProgram?: boolean
  /** PEM file of an Ed25519 private key, which signs the bundle. @default not signed */
  readonly signKey?: string
  readonly signal?: AbortSignal
  /** Called with the bytes of files that are in the bundle, before compression. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

export interface WrittenBundle {
  /** Absolute. */
  readonly file: string
  readonly sizeBytes: number
  /** Of the bundle itself, lower-case hexadecimal. */
  readonly sha256: string
  readonly models: readonly BundledModel[]
  readonly program: BundledProgram | null
  /** Null where it was not signed. */
  readonly signature: BundleSignature | null
}

/** Weights are noise to a compressor: higher levels take several times as long for a percent. */
const COMPRESSION_LEVEL = 1

/** Where the bytes of a file are: on the disk, or here. */
type Source = string | Buffer

/**
 * Writes models, and the program where asked for, into one gzipped tar file: first an index with sizes and SHA-256 sums, then the same
 * sums for `sha256sum`, their signature where there is a key, then the files, a list of components (SBOM) among them. Every file is held against its sum while it is written; the bundle stands under its name only
 * when it is whole and on the disk. Equal contents give equal bytes (on the same version of Node, whose zlib compresses).
 * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `KEY_UNUSABLE`
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `PROGRAM_INCOMPLETE`; the signal's reason when aborted
 */
export async function writeBundle(out: string, options: WriteBundleOptions = {}): Promise<WrittenBundle> {
  rejectUnknownOptions(
    options,
    ['names', 'modelsFolder', 'withProgram', 'signKey', 'signal', 'onProgress'],
    'writeBundle',
  )
  // a key that cannot be used costs no hashing
  const key = options.signKey === undefined ? null : await readSigningKey(options.signKey)
  const sources = new Map<string, Source>()
  const models = await chooseModels(options, sources)
  const files: BundleFile[] = []
  const addBytes = (path: string, bytes: Buffer, isExecutable: boolean) => {
    sources.set(path, bytes)
    files.push({ path, sizeBytes: bytes.length, sha256: sha256Of(bytes), ...(isExecutable && { isExecutable }) })
  }
  addBytes(`${MODELS_PATH}/${MANIFEST_FILE}`, writeBundleManifest(models), false)
  const packages = options.withProgram === true ? await listPackages() : []
  const entries = models.map(({ entry }) => entry)
  addBytes(SBOM_FILE, writeSbom(createSbom(packages, entries)), false)
  if (options.withProgram === true) {
    for (const { path, text } of LAUNCHERS) addBytes(path, Buffer.from(text), true)
    for (const { path, source } of await listProgramFiles()) {
      options.signal?.throwIfAborted()
      sources.set(path, source)
      files.push({ path, sizeBytes: (await stat(source)).size, sha256: await hashFile(source) })
    }
  }
  const program = options.withProgram === true ? await describeProgram() : null
  const signature = key === null ? undefined : describeSignature(key)
  const index = createIndex(models, program, files, signature)
  const file = resolve(out)
  const written = await writeArchive(file, index, { sources, key }, options)
  return { file, ...written, models: index.models, program, signature: signature ?? null }
}

async function chooseModels(options: WriteBundleOptions, sources: Map<string, Source>): Promise<BundledModel[]> {
  const { names, withProgram = false, ...rest } = options
  const place = { modelsFolder: rest.modelsFolder }
  const all = await listModels(place)
  const chosen = new Map<string, FoundModel>()
  const choose = async (name: string): Promise<void> => {
    const model = await findModel(name, place)
    if (chosen.has(model.entry.name)) return
    chosen.set(model.entry.name, model)
    for (const other of [model.entry.base, model.entry.queryModel]) if (other !== undefined) await choose(other)
  }
  for (const name of names === undefined || names.length === 0 ? all.map(({ entry }) => entry.name) : names) {
    await choose(name)
  }
  // the program does not go without the models that come with it
  if (withProgram) {
    for (const { entry, modelsFolder } of all) if (modelsFolder === BUNDLED_MODELS_FOLDER) await choose(entry.name)
  }
  return [...chosen.values()].map(({ entry, modelsFolder }) => {
    const isBundled = modelsFolder === BUNDLED_MODELS_FOLDER
    const folder = isBundled ? entry.folder : installedFolderName(entry)
    const path = isBundled && withProgram ? `${PROGRAM_PATH}/models/${folder}` : `${MODELS_PATH}/${folder}`
    for (const file of entry.files) sources.set(`${path}/${file.path}`, join(modelsFolder, entry.folder, file.path))
    return { path, entry: { ...entry, folder } }
  })
}

/** What a bundle is written from beside its index. */
interface Parts {
  readonly sources: ReadonlyMap<string, Source>
  readonly key: KeyObject | null
}

async function writeArchive(
  path: string,
  index: BundleIndex,
  parts: Parts,
  { signal, onProgress }: WriteBundleOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  await using file = await AtomicFile.create(path)
  const hash = createHash('sha256')
  let sizeBytes = 0
  const write = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      // the compressor's first piece begins with its header, which is the same on every system here
      if (sizeBytes === 0) GZIP_HEADER.copy(chunk)
      hash.update(chunk)
      sizeBytes += chunk.length
      await file.append(chunk)
    }
  }
  try {
    const tar = tarBytes(index, parts, onProgress)
    await pipeline(tar, createGzip({ level: COMPRESSION_LEVEL }), write, given({ signal }))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
  await file.finish()
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function* tarBytes(
  index: BundleIndex,
  { sources, key }: Parts,
  onProgress: WriteBundleOptions['onProgress'],
): AsyncGenerator<Buffer> {
  const indexBytes = writeIndex(index)
  // what would be refused over there is not written here
  parseIndex(indexBytes)
  yield* fileBytes(fileOf(INDEX_FILE, indexBytes), indexBytes)
  const sums = writeSums(index, indexBytes)
  yield* fileBytes(fileOf(SUMS_FILE, sums), sums)
  if (key !== null) {
    const signature = signSums(sums, key)
    yield* fileBytes(fileOf(SIGNATURE_FILE, signature), signature)
  }
  const files = listBundleFiles(index)
  const totalBytes = sizeOfFiles(files)
  let doneBytes = 0
  for (const file of files) {
    yield* fileBytes(file, sources.get(file.path)!)
    doneBytes += file.sizeBytes
    onProgress?.(doneBytes, totalBytes)
  }
  yield Buffer.alloc(2 * TAR_BLOCK_BYTES)
}

/** Header, content and padding of a file. @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT` */
async function* fileBytes(file: BundleFile, source: Source): AsyncGenerator<Buffer> {
  yield writeTarHeader(file)
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    const chunks = typeof source === 'string' ? await readInPieces(source) : [source]
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > file.sizeBytes) break
      hash.update(chunk)
      yield chunk
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new ModelError('MODEL_FILE_MISSING', `${String(source)} is missing. ${ADVICE}`, { cause })
  }
  const sha256 = hash.digest('hex')
  if (sizeBytes !== file.sizeBytes || sha256 !== file.sha256) {
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${String(source)}: expected ${file.sizeBytes} bytes, sha256 ${file.sha256}; found ${sizeBytes} bytes, sha256 ${sha256}. ${ADVICE}`,
    )
  }
  yield Buffer.alloc(-sizeBytes & (TAR_BLOCK_BYTES - 1))
}

const ADVICE = 'No bundle was written. See which model is damaged with: offgrid models verify.'

function fileOf(path: string, bytes: Buffer): BundleFile {
  return { path, sizeBytes: bytes.length, sha256: sha256Of(bytes) }
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
