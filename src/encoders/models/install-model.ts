import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InputError, ModelError } from '../../errors.js'
import { syncFile, syncFolder } from '../../files/sync-folder.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import { withFolderLease } from '../../onnx/folder-lease.js'
import { MANIFEST_FILE, type ModelEntry, readManifest } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { BUNDLED_MODELS_FOLDER, userModelsFolder } from '../../onnx/models-folders.js'
import { hashFile } from '../../onnx/verified-files.js'
import { STAGED } from '../network/own-folder.js'

/** Absolute path of the folder that models are brought into: the one given, else `OFFGRID_MODELS`, else the user's own. */
export function installFolder(modelsFolder?: string): string {
  return resolve(modelsFolder ?? (process.env.OFFGRID_MODELS || userModelsFolder()))
}

/** How long the half-finished files of a killed run are kept, so that the next pull can continue with them. */
const KEPT_FOR_MS = 7 * 24 * 3600 * 1000

/** As {@link installFolder}; the folder exists when the promise resolves, and what runs that were killed long ago left in it is gone. */
export async function openInstallFolder(modelsFolder?: string): Promise<string> {
  const models = installFolder(modelsFolder)
  await mkdir(models, { recursive: true })
  // what cannot be read could not be added to either: told before anything is copied
  await readManifest(models)
  for (const name of await readdir(models)) {
    if (!STAGED.test(name)) continue
    const changed = await stat(join(models, name)).catch(() => null)
    if (changed !== null && changed.mtimeMs < Date.now() - KEPT_FOR_MS) {
      await rm(join(models, name), { recursive: true, force: true })
    }
  }
  return models
}

/** The entry of the bundled model with this name; upper and lower case count as equal. */
export async function findBundledEntry(name: string): Promise<ModelEntry | undefined> {
  const { models } = await readManifest(BUNDLED_MODELS_FOLDER)
  return models.find((model) => isSameName(model, name))
}

/**
 * Other models stand on the bundled ones: one of the same name in front of them would break those.
 * @throws InputError `MODEL_EXISTS`
 */
export async function refuseBundledName(name: string): Promise<void> {
  if ((await findBundledEntry(name)) === undefined) return
  throw new InputError('MODEL_EXISTS', `The model ${name} is bundled: expected another name (--as NAME).`)
}

/** The folder of an installed model: its name and the beginning of the sum of its files, so that other files are another folder. */
export function installedFolderName(entry: ModelEntry): string {
  const sum = modelChecksum({ entry, folder: '' })
  return `${entry.name.replace(/[^\w.-]+/g, '--')}-${sum.slice(0, 8)}`
}

/** @throws ModelError `NO_SPACE` where the disk has less room than files that are about to be written need */
export async function requireSpace(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= sizeBytes) return
  throw new ModelError(
    'NO_SPACE',
    `Expected ${inMegabytes(sizeBytes)} free in ${folder}, found ${inMegabytes(freeBytes)}. Make room, or name another folder with --models-folder.`,
  )
}

function inMegabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}

/**
 * Moves a staged folder to its place and then writes the manifest, both through to the disk: a reader sees the model whole, or what
 * was there before. A model of the same name is replaced. Of several at once, in one process or in many, each is installed.
 * @param models a models folder, absolute
 * @param staged name of a folder in it that holds the files of the entry
 * @returns the entry as it now stands in the manifest
 */
export async function installModel(models: string, staged: string, entry: ModelEntry): Promise<ModelEntry> {
  const installed = { ...entry, folder: installedFolderName(entry) }
  await syncFiles(join(models, staged), entry)
  return withFolderLease(models, async (lease) => {
    await moveToPlace(models, staged, installed)
    const manifest = await readManifest(models)
    const kept = manifest.models.filter((model) => !isSameName(model, entry.name))
    const listing = { version: manifest.version, models: [...kept, installed] }
    await lease.requireHeld()
    await writeFileAtomic(join(models, MANIFEST_FILE), `${JSON.stringify(listing, null, 2)}\n`)
    await syncFolder(models)
    for (const former of manifest.models) {
      if (isOurs(former) && !listing.models.some(({ folder }) => isWithin(folder, former.folder))) {
        await rm(join(models, former.folder), { recursive: true, force: true })
      }
    }
    return installed
  })
}

/** A model that is gone. */
export interface RemovedModel {
  readonly entry: ModelEntry
  /** Bytes of its files that were deleted; 0 where somebody else made its folder, which then stays. */
  readonly freedBytes: number
}

/**
 * Takes a model out of a models folder, while nobody else changes it: first from the manifest, then its files.
 * @param name as it stands in the manifest
 * @throws InputError `MODEL_IN_USE` where another model stands on it; ModelError `MODELS_FOLDER_BUSY`, `MANIFEST_INVALID`
 */
export async function removeModel(models: string, name: string): Promise<RemovedModel | null> {
  return withFolderLease(models, async (lease) => {
    const { version, models: listed } = await readManifest(models)
    const entry = listed.find((model) => isSameName(model, name))
    if (entry === undefined) return null
    const kept = listed.filter((model) => model !== entry)
    const dependent = kept.find(({ base }) => base !== undefined && isSameName(entry, base))
    if (dependent !== undefined) {
      throw new InputError('MODEL_IN_USE', `${dependent.name} stands on ${entry.name}: remove ${dependent.name} first.`)
    }
    await lease.requireHeld()
    await writeFileAtomic(join(models, MANIFEST_FILE), `${JSON.stringify({ version, models: kept }, null, 2)}\n`)
    await syncFolder(models)
    if (!isOurs(entry) || kept.some(({ folder }) => isWithin(folder, entry.folder))) return { entry, freedBytes: 0 }
    const folder = join(models, entry.folder)
    const freedBytes = await sizeOfFolder(folder)
    await rm(folder, { recursive: true, force: true })
    return { entry, freedBytes }
  })
}

/** Bytes of all files in a folder, those that were made of the model's among them. */
async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = entries.map(async (file) => (file.isFile() ? (await stat(join(file.parentPath, file.name))).size : 0))
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Whether a model's folder has the name that an installation gives it: any other was made by somebody else, and stays. */
function isOurs(entry: ModelEntry): boolean {
  return entry.folder === installedFolderName(entry)
}

function isWithin(folder: string, other: string): boolean {
  return folder === other || folder.startsWith(`${other}/`)
}

async function syncFiles(folder: string, { files }: ModelEntry): Promise<void> {
  const folders = new Set([folder])
  for (const { path } of files) {
    await syncFile(join(folder, path))
    folders.add(dirname(join(folder, path)))
  }
  for (const path of folders) await syncFolder(path)
}

async function moveToPlace(models: string, staged: string, entry: ModelEntry): Promise<void> {
  const target = join(models, entry.folder)
  const isThere = await stat(target).then(
    () => true,
    () => false,
  )
  // the name holds the sum of the files, so what is there is the same, unless somebody changed it
  if (isThere && (await isIntact(target, entry))) return
  const damaged = join(models, `.${randomUUID()}.tmp`)
  if (isThere) await rename(target, damaged)
  await rename(join(models, staged), target)
  await rm(damaged, { recursive: true, force: true })
  await syncFolder(models)
}

/**
 * Puts the files of a model that are damaged or missing in its folder in their place, each whole, from a staged folder.
 * @throws ModelError `MODEL_FILE_CORRUPT` where the folder cannot be written
 */
export async function repairModel(folder: string, staged: string, entry: ModelEntry): Promise<void> {
  for (const file of entry.files) {
    if (await isIntact(folder, { files: [file] })) continue
    const target = join(folder, file.path)
    const temporary = `${target}.${randomUUID()}.tmp`
    try {
      await mkdir(dirname(target), { recursive: true })
      await copyFile(join(staged, file.path), temporary)
      await rename(temporary, target)
    } catch (cause) {
      throw new ModelError(
        'MODEL_FILE_CORRUPT',
        `${target} of ${entry.name} is damaged or missing and cannot be put right: ${(cause as Error).message}. Install the package again, or bring the models in elsewhere: --models-folder.`,
        { cause },
      )
    } finally {
      await rm(temporary, { force: true }).catch(() => {})
    }
  }
  await syncFiles(folder, entry)
}

/** Whether the files of a folder are those of an entry, all of them hashed. */
export async function isIntact(folder: string, { files }: Pick<ModelEntry, 'files'>): Promise<boolean> {
  for (const { path, sizeBytes, sha256 } of files) {
    const stats = await stat(join(folder, path)).catch(() => null)
    if (stats?.size !== sizeBytes || (await hashFile(join(folder, path))) !== sha256) return false
  }
  return true
}

function isSameName(entry: ModelEntry, name: string): boolean {
  return entry.name.toLowerCase() === name.toLowerCase()
}
