import { randomUUID } from 'node:crypto'
import { constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ModelEntry } from '../../onnx/manifest.js'
import { findModel } from '../../onnx/model-files.js'
import { findKnownModel } from '../../onnx/model-registry.js'
import { type IntegerProducts, integerProductsOf } from '../network/integer-products.js'
import { guessModelName } from './guess-model-name.js'
import { installModel, openInstallFolder, refuseBundledName } from './install-model.js'
import { type ModelDescription, requireDescription } from './model-description.js'
import { ProofProcess } from './proof-process.js'
import type { ModelProof } from './prove-model.js'
import { describeTokenLimit } from './require-same-model.js'

export interface ImportOptions extends Partial<ModelDescription> {
  /** Where the model goes. @default `OFFGRID_MODELS`, else the user's own models folder */
  readonly modelsFolder?: string
}

export interface ImportedModel {
  readonly entry: ModelEntry
  /** Absolute. */
  readonly modelsFolder: string
  readonly proof: ModelProof
  /** In what the files differ from FastEmbed's list, a sentence each; what cannot be the same model is refused. */
  readonly differences: readonly string[]
  /** How this processor adds 8-bit products, where that decides about the model's vectors; else null. */
  readonly integerProducts: IntegerProducts | null
}

/**
 * Brings a model into a models folder: recognizes its files, copies and hashes them, proves the copy by encoding texts, and then
 * writes the manifest. The files are read and run in a process of its own, which is ended if it does not end. Until then nothing that was there is changed; a model of the same name is replaced.
 * @param folder FastEmbed's files (model.onnx and the tokenizer's) or a published checkpoint of the BERT family
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`; `MODEL_EXISTS` for the name of a bundled model; `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE` of a query model
 * @throws ModelError `MODEL_MISMATCH` if the files are not those of a known model of that name, or not as was stated;
 *   `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MODEL_UNRECOGNISED`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
 */
export async function importModel(folder: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const { modelsFolder, ...description } = options
  const source = resolve(folder)
  const name = description.name ?? guessModelName(source)
  requireDescription({ ...description, name })
  await refuseBundledName(name)
  const apart = new ProofProcess()
  const staged = `.${randomUUID()}.tmp`
  let models: string | undefined
  try {
    const described = await apart.describe(source, '.', { ...description, name })
    models = await openInstallFolder(modelsFolder)
    for (const { path } of described.files) await copy(join(source, path), join(models, staged, path))
    // as its manifest spells it
    const queryModel =
      description.queryModel && (await findModel(description.queryModel, { modelsFolder: models })).entry.name
    // described again from the copy: what is written down is what was copied, whatever happens to the source meanwhile
    const entry = await apart.describe(join(models, staged), staged, {
      ...description,
      name,
      ...(queryModel && { queryModel }),
    })
    const proof = await apart.prove({ entry, modelsFolder: models })
    const final = await installModel(models, staged, entry)
    const limit = describeTokenLimit(final, findKnownModel(final.name), description)
    const integerProducts = await integerProductsOf(final, join(models, final.folder))
    return { entry: final, modelsFolder: models, proof, differences: limit === null ? [] : [limit], integerProducts }
  } finally {
    await apart.close()
    if (models !== undefined) await rm(join(models, staged), { recursive: true, force: true })
  }
}

async function copy(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  // a file system that can shares the bytes
  await copyFile(source, target, constants.COPYFILE_FICLONE)
}
