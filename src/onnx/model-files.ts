import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError, ModelError } from '../errors.js'
import { openCacheFolders } from '../files/cache-folder.js'
import { isFolder } from '../files/path-stats.js'
import { rejectUnknownOptions } from '../options.js'
import { type CustomModel, customModels } from './custom-models.js'
import { type ModelEntry, type ModelFile, readManifest } from './manifest.js'
import { findKnownModel, knownModels, matchModel } from './model-registry.js'
import { BUNDLED_MODELS_FOLDER, findUserModelsFolder, requirePackage } from './models-folders.js'
import { nearestModel } from './nearest-model.js'
import { hashFile, VerifiedFiles } from './verified-files.js'

/** A model whose files were checked against the manifest. */
export interface OpenedModel {
  readonly entry: ModelEntry
  /** Absolute. */
  readonly folder: string
  /** The model whose checkpoint and tokenizer this one shares, checked too. */
  readonly base?: OpenedModel
  /** The model that encodes queries in place of this one, checked too. */
  readonly query?: OpenedModel
}

export interface ModelFilesOptions {
  /** Folder with a manifest.json, looked at before `OFFGRID_MODELS` and the bundled models. */
  readonly modelsFolder?: string | undefined
}

/** An entry and the models folder in which it stands. */
export type FoundModel = CustomModel

/**
 * Every model at hand, in the order in which names are looked up: those added to this thread, the folder given, `OFFGRID_MODELS`,
 * the user's own, the bundled ones. A name that is in two places is the first.
 * @throws ModelError `MANIFEST_INVALID`, `PACKAGE_BROKEN`
 */
export async function listModels(options: ModelFilesOptions = {}): Promise<FoundModel[]> {
  rejectUnknownOptions(options, ['modelsFolder'], 'listModels')
  requirePackage()
  const named = [options.modelsFolder, process.env.OFFGRID_MODELS]
  for (const folder of named) if (folder) await requireFolder(folder)
  const own = findUserModelsFolder()
  const folders = [...named, own, BUNDLED_MODELS_FOLDER]
  const found = new Map(customModels().map((model) => [model.entry.name.toLowerCase(), model]))
  for (const folder of new Set(
    folders.filter((path) => path !== null && path !== undefined && path !== '').map((path) => resolve(path!)),
  )) {
    const isOptional = folder === own && !named.includes(own)
    for (const entry of (await readManifest(folder, { isOptional })).models) {
      const key = entry.name.toLowerCase()
      if (!found.has(key)) found.set(key, { entry, modelsFolder: folder })
    }
  }
  return [...found.values()]
}

/** A folder that somebody named must be there: a mistyped one would silently give the bundled models. */
async function requireFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  throw new InputError(
    'MODELS_FOLDER_MISSING',
    `Expected a folder of models at ${folder} (OFFGRID_MODELS or modelsFolder), found none.`,
  )
}

/**
 * Finds a model at hand by its name, in any letter case, by another name of it, or by the last part of its name where only one ends so.
 * @throws InputError `AMBIGUOUS_MODEL`; `UNKNOWN_MODEL` listing the models at hand; a name that is known says how to bring it in
 */
export async function findModel(name: string, options: ModelFilesOptions = {}): Promise<FoundModel> {
  const models = await listModels(options)
  const model = matchModel(name, models, ({ entry }) => entry.name)
  if (model !== undefined) return model
  const present = models.map(({ entry }) => entry.name).join(', ')
  const known = findKnownModel(name)
  const meant = nearestModel(name, [
    ...models.map(({ entry }) => entry.name),
    ...knownModels().map((each) => each.name),
  ])
  throw new InputError(
    'UNKNOWN_MODEL',
    known === undefined
      ? `Unknown model "${name}"${meant === undefined ? '' : ` (is ${meant} meant?)`}; expected one of ${present}. Bring in another with: offgrid models import DIR --as NAME.`
      : `The model ${known.name} is known but its files are not here (here are ${present}). Bring it in with: offgrid models pull ${known.name}; on a machine without a connection, offgrid models unbundle FILE.tgz with what "models bundle" wrote on another one, or, with its published files (${known.sources.hf ?? known.sources.url}) in a folder DIR, offgrid models import DIR --as ${known.name}.`,
  )
}

/**
 * Finds a model and checks its files against the manifest. A file that was hashed before and has the same size and time of
 * change is not hashed again; {@link verifyModel} always hashes.
 * @throws InputError `UNKNOWN_MODEL`
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MODEL_FILE_UNREADABLE`
 */
export async function openModel(name: string, options: ModelFilesOptions = {}): Promise<OpenedModel> {
  return checkModel(name, options, false)
}

/** As {@link openModel}, but hashes every file. */
export async function verifyModel(name: string, options: ModelFilesOptions = {}): Promise<OpenedModel> {
  return checkModel(name, options, true)
}

/** @param side of a query model, which has none of its own: two may name each other */
async function checkModel(
  name: string,
  options: ModelFilesOptions,
  isThorough: boolean,
  side?: 'query',
): Promise<OpenedModel> {
  const model = await findModel(name, options)
  const { entry, modelsFolder } = model
  const folder = join(modelsFolder, entry.folder)
  const verified = await VerifiedFiles.open((await openCacheFolders()).at(-1) ?? null)
  try {
    for (const file of entry.files) await checkFile(join(folder, file.path), file, model, verified, isThorough)
  } finally {
    await verified.save()
  }
  const { base, queryModel } = entry
  return {
    entry,
    folder,
    ...(base !== undefined && { base: await checkModel(base, options, isThorough) }),
    ...(queryModel !== undefined &&
      side !== 'query' && { query: await checkModel(queryModel, options, isThorough, 'query') }),
  }
}

async function checkFile(
  path: string,
  file: ModelFile,
  model: FoundModel,
  verified: VerifiedFiles,
  isThorough: boolean,
): Promise<void> {
  let stats: Stats
  try {
    stats = await stat(path)
  } catch (cause) {
    const isAbsent = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')
    throw isAbsent ? missing(path, file, model, cause) : unreadable(path, model, cause)
  }
  try {
    if (stats.size === file.sizeBytes) {
      // what is remembered is of another file where one archive was unpacked over another: all its files have the same time
      if (isThorough) verified.forget(path)
      if (await verified.holds(path, stats, file.sha256)) return
    }
    throw corrupt(path, file, model, `${stats.size} bytes, sha256 ${await hashFile(path)}`)
  } catch (error) {
    throw error instanceof ModelError ? error : unreadable(path, model, error)
  }
}

function missing(path: string, file: ModelFile, model: FoundModel, cause: unknown): ModelError {
  return new ModelError(
    'MODEL_FILE_MISSING',
    `${path} of ${model.entry.name} is missing; expected ${file.sizeBytes} bytes, sha256 ${file.sha256}. ${repair(model)}`,
    { cause },
  )
}

/** It may be there: the system, or Node with --permission, does not let this process look. */
function unreadable(path: string, { entry }: FoundModel, cause: unknown): ModelError {
  return new ModelError(
    'MODEL_FILE_UNREADABLE',
    `${path} of ${entry.name} cannot be read: ${(cause as Error).message.replace(/\.$/, '')}. Let this user, or with --permission this process (--allow-fs-read), read it.`,
    { cause },
  )
}

function corrupt(path: string, file: ModelFile, model: FoundModel, found: string): ModelError {
  return new ModelError(
    'MODEL_FILE_CORRUPT',
    `${path} of ${model.entry.name} is not the file of the manifest: expected ${file.sizeBytes} bytes, sha256 ${file.sha256}; found ${found}. ${repair(model)}`,
  )
}

function repair({ entry: { name }, modelsFolder }: FoundModel): string {
  const check = `Check with: offgrid models verify ${name}.`
  if (modelsFolder === BUNDLED_MODELS_FOLDER) {
    return `Put the original file back: install the package again, or git checkout models. ${check}`
  }
  const pull = findKnownModel(name) === undefined ? '' : `offgrid models pull ${name}, or without a connection `
  return `Bring the model in again: ${pull}offgrid models unbundle FILE.tgz or models import DIR --as ${name}. ${check}`
}
