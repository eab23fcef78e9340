import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  findBundledEntry,
  installFolder,
  installModel,
  isIntact,
  openInstallFolder,
  repairModel,
  requireSpace,
} from '../encoders/models/install-model.js'
import { ProofProcess } from '../encoders/models/proof-process.js'
import type { ModelProof } from '../encoders/models/prove-model.js'
import { InputError, ModelError } from '../errors.js'
import { sizeOfFiles } from '../files/size-of-files.js'
import { type ModelEntry, readManifest } from '../onnx/manifest.js'
import { modelChecksum } from '../onnx/model-checksum.js'
import { BUNDLED_MODELS_FOLDER } from '../onnx/models-folders.js'
import { rejectUnknownOptions } from '../options.js'
import type { BundledModel, BundledProgram, BundleIndex } from './bundle-index.js'
import { BundleReader } from './bundle-reader.js'
import { type BundleSignature, readVerifyKey } from './bundle-signature.js'

export interface UnbundleOptions {
  /** Where the models go, all of them. @default `OFFGRID_MODELS`, else the user's own models folder; what comes with the program stays there */
  readonly modelsFolder?: string
  /** Replace a model that has other files than the one of the same name in the bundle. @default false */
  readonly replace?: boolean
  /** Read and check everything, install nothing. @default false */
  readonly checkOnly?: boolean
  /** What the bundle must be, lower-case hexadecimal, known from elsewhere. */
  readonly sha256?: string
  /** PEM file of an Ed25519 public key; a bundle that this key did not sign is refused. @default signatures are not checked */
  readonly verifyKey?: string
  /** Heeded between two pieces of a file; what is not installed by then is not. */
  readonly signal?: AbortSignal
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

/** What was there of a model before: nothing, the same and whole, the same and damaged, other files. */
export type FormerState = 'absent' | 'equal' | 'damaged' | 'different'

export interface UnbundledModel {
  readonly entry: ModelEntry
  readonly was: FormerState
  readonly isInstalled: boolean
  /** Folder of models, absolute, in which it is now, or would be. */
  readonly modelsFolder: string
  /** Null where nothing was installed. */
  readonly proof: ModelProof | null
}

export interface Unbundled {
  /** SHA-256 of the bundle. */
  readonly sha256: string
  readonly sizeBytes: number
  /** Absolute. */
  readonly modelsFolder: string
  readonly models: readonly UnbundledModel[]
  /** Checked, not installed: unpacked with tar, it runs where it lies. */
  readonly program: BundledProgram | null
  /** Whose signature the bundle has, and whether it was checked by a key; null where it has none. */
  readonly signature: (BundleSignature & { readonly isChecked: boolean }) | null
}

interface PlannedModel extends BundledModel {
  readonly was: FormerState
  /** Where it belongs: the folder that models go to, or that of the program. */
  readonly modelsFolder: string
  /** Folder in the models folder that its files are written to; null where it is left. */
  readonly staged: string | null
}

const OPTION_NAMES = ['modelsFolder', 'replace', 'checkOnly', 'sha256', 'verifyKey', 'signal', 'onProgress']

/**
 * Brings the models of a bundle in. The whole bundle is read and every file held against its SHA-256 before anything is installed;
 * each model is then proved by encoding a text and installed whole or not at all, what others stand on first. A model that is there
 * with the same sums is left, one that is damaged is repaired, where it lies if it comes with the program.
 * @throws InputError `BUNDLE_MISSING`, `MODEL_EXISTS`, `KEY_UNUSABLE`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @throws ModelError `BUNDLE_DAMAGED`, `BUNDLE_VERSION`, `BUNDLE_CHANGED`, `BUNDLE_UNSIGNED`, `BUNDLE_SIGNATURE_WRONG`, `BUNDLE_INCOMPLETE`, `NO_SPACE`; what a
 * {@link ProofProcess} throws; the signal's reason when aborted
 */
export async function unbundle(path: string, options: UnbundleOptions = {}): Promise<Unbundled> {
  rejectUnknownOptions(options, OPTION_NAMES, 'unbundle')
  const { modelsFolder, checkOnly, sha256, signal } = options
  const verifyKey = options.verifyKey === undefined ? undefined : await readVerifyKey(options.verifyKey)
  const reader = await BundleReader.open(path, { sha256, verifyKey, signal })
  const { program, signature } = reader.index
  const apart = new ProofProcess({ signal })
  let planned: readonly PlannedModel[] = []
  try {
    const models = checkOnly === true ? installFolder(modelsFolder) : await openInstallFolder(modelsFolder)
    planned = await planModels(reader.index, models, options)
    await extract(reader, models, planned, options)
    const done: UnbundledModel[] = []
    for (const model of basesFirst(planned)) {
      signal?.throwIfAborted()
      done.push(await install(models, model, apart))
    }
    return {
      ...{ sha256: reader.sha256, sizeBytes: reader.sizeBytes, modelsFolder: models },
      ...{ models: done, program },
      signature: signature === undefined ? null : { ...signature, isChecked: verifyKey !== undefined },
    }
  } finally {
    await apart.close()
    await reader.close()
    for (const { staged } of planned) {
      if (staged !== null) await rm(join(installFolder(modelsFolder), staged), { recursive: true, force: true })
    }
  }
}

/** What is to be done with each model; every reason to refuse shows before anything is written. */
async function planModels(
  index: BundleIndex,
  models: string,
  { modelsFolder, replace = false, checkOnly = false }: UnbundleOptions,
): Promise<PlannedModel[]> {
  const { models: present } = await readManifest(models)
  const planned: PlannedModel[] = []
  for (const { path, entry } of index.models) {
    const bundled = await findBundledEntry(entry.name)
    const own = present.find(({ name }) => name.toLowerCase() === entry.name.toLowerCase())
    const isOther = bundled !== undefined && !isSame(bundled, entry)
    // who names a folder gets all models there
    const isLeft = bundled !== undefined && own === undefined && modelsFolder === undefined
    const place = isLeft ? BUNDLED_MODELS_FOLDER : models
    const was = isOther ? 'different' : await formerState(place, isLeft ? bundled : own, entry)
    if (was === 'different' && !checkOnly) refuseDifferent(entry, isOther ? bundled : own!, isOther, replace)
    await requireOthers(entry, index, present)
    const staged = was === 'equal' || checkOnly ? null : `.${randomUUID()}.tmp`
    planned.push({ path, entry, was, modelsFolder: place, staged })
  }
  const files = planned.flatMap(({ staged, entry }) => (staged === null ? [] : entry.files))
  if (files.length > 0) await requireSpace(models, sizeOfFiles(files))
  return planned
}

async function formerState(models: string, own: ModelEntry | undefined, entry: ModelEntry): Promise<FormerState> {
  if (own === undefined) return 'absent'
  if (!isSame(own, entry)) return 'different'
  return (await isIntact(join(models, own.folder), own)) ? 'equal' : 'damaged'
}

function isSame(a: ModelEntry, b: ModelEntry): boolean {
  return checksumOf(a) === checksumOf(b) && a.base?.toLowerCase() === b.base?.toLowerCase()
}

function checksumOf(entry: ModelEntry): string {
  return modelChecksum({ entry, folder: '' })
}

/** @throws InputError `MODEL_EXISTS` */
function refuseDifferent(entry: ModelEntry, present: ModelEntry, isBundled: boolean, replace: boolean): void {
  if (replace && !isBundled) return
  const advice = isBundled
    ? 'It comes with the program: install the version of offgrid that wrote the bundle.'
    : 'To replace it: --replace.'
  throw new InputError(
    'MODEL_EXISTS',
    `${entry.name} is here with other files (revision ${present.revision}, sum ${checksumOf(present).slice(0, 12)}) than in the bundle (revision ${entry.revision}, sum ${checksumOf(entry).slice(0, 12)}). Nothing was installed. ${advice}`,
  )
}

/** @throws ModelError `BUNDLE_INCOMPLETE` */
async function requireOthers(
  { name, base, queryModel }: ModelEntry,
  index: BundleIndex,
  present: readonly ModelEntry[],
) {
  const known = [...index.models.map(({ entry }) => entry), ...present]
  for (const other of [base, queryModel]) {
    if (other === undefined || (await findBundledEntry(other)) !== undefined) continue
    if (known.some((model) => model.name.toLowerCase() === other.toLowerCase())) continue
    throw new ModelError('BUNDLE_INCOMPLETE', `${name} stands on ${other}, which is neither in the bundle nor here.`)
  }
}

/** Reads the whole bundle; files of models that are to be installed are written to where they are staged. */
async function extract(
  reader: BundleReader,
  models: string,
  planned: readonly PlannedModel[],
  { onProgress }: UnbundleOptions,
): Promise<void> {
  const targets = new Map<string, string>(
    planned.flatMap(({ path, entry, staged }) =>
      staged === null
        ? []
        : entry.files.map((file) => [`${path}/${file.path}`, join(models, staged, file.path)] as const),
    ),
  )
  const totalBytes = sizeOfFiles([...planned.flatMap(({ entry }) => entry.files), ...reader.index.files])
  let doneBytes = 0
  for await (const { file, body } of reader.files()) {
    const target = targets.get(file.path)
    if (target !== undefined) {
      await mkdir(dirname(target), { recursive: true })
      await pipeline(body, createWriteStream(target, { flags: 'wx' }))
    }
    doneBytes += file.sizeBytes
    onProgress?.(doneBytes, totalBytes)
  }
}

/** A model behind those that it stands on: a query model has none of its own. */
function basesFirst(planned: readonly PlannedModel[]): PlannedModel[] {
  const step = ({ entry }: PlannedModel) => (entry.queryModel !== undefined ? 2 : entry.base !== undefined ? 1 : 0)
  return [...planned].sort((a, b) => step(a) - step(b))
}

async function install(
  models: string,
  { entry, was, modelsFolder, staged }: PlannedModel,
  apart: ProofProcess,
): Promise<UnbundledModel> {
  if (staged === null) return { entry, was, isInstalled: false, modelsFolder, proof: null }
  const proof = await apart.prove({ entry: { ...entry, folder: staged }, modelsFolder: models })
  if (modelsFolder !== models) {
    const bundled = (await findBundledEntry(entry.name))!
    await repairModel(join(modelsFolder, bundled.folder), join(models, staged), bundled)
    return { entry: bundled, was, isInstalled: true, modelsFolder, proof }
  }
  return { entry: await installModel(models, staged, entry), was, isInstalled: true, modelsFolder, proof }
}
