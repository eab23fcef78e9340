import { randomUUID } from 'node:crypto'
import { constants, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { optionError } from '../../errors.js'
import { CALIBRATION_FILE, type ModelEntry } from '../../onnx/manifest.js'
import { findModel } from '../../onnx/model-files.js'
import { findKnownModel } from '../../onnx/model-registry.js'
import { type IntegerProducts, integerProductsOf } from '../network/integer-products.js'
import { requireCalibratable } from './calibrate-int8.js'
import { TOKENIZER_CONFIG_FILE } from './find-model-files.js'
import { guessModelName } from './guess-model-name.js'
import { importNotes } from './import-notes.js'
import { installModel, openInstallFolder, refuseBundledName } from './install-model.js'
import { type ModelDescription, requireDescription } from './model-description.js'
import { readModelFolder } from './model-folder.js'
import { ProofProcess } from './proof-process.js'
import type { ModelProof } from './prove-model.js'
import { describeTokenLimit } from './require-same-model.js'

export interface ImportOptions extends Partial<ModelDescription> {
  /** Where the model goes. @default `OFFGRID_MODELS`, else the user's own models folder */
  readonly modelsFolder?: string
  /** Texts such as will be embedded, of which int8 learns how large its inputs are; some 64 are enough. @default the folder's own calibration, if any */
  readonly calibrationTexts?: readonly string[]
}

export interface ImportedModel {
  readonly entry: ModelEntry
  /** Absolute. */
  readonly modelsFolder: string
  readonly proof: ModelProof
  /** In what the files differ from FastEmbed's list, a sentence each; what cannot be the same model is refused. */
  readonly differences: readonly string[]
  /** What could not be checked, what was written, what is missing, a sentence each. */
  readonly notes: readonly string[]
  /** How this processor adds 8-bit products, where that decides about the model's vectors; else null. */
  readonly integerProducts: IntegerProducts | null
}

/**
 * Brings a model into a models folder: recognizes its files, copies and hashes them, proves the copy by encoding texts, and then
 * writes the manifest. The files are read and run in a process of its own, which is ended if it does not end. Until then nothing that was there is changed; a model of the same name is replaced.
 * @param folder FastEmbed's files (model.onnx and the tokenizer's) or a published checkpoint of the BERT family
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `AMBIGUOUS_MODEL`; `MODEL_EXISTS` for the name of a bundled model; `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE` of a query model
 * @throws ModelError `MODEL_MISMATCH` if the files are not those of a known model of that name, or not as was stated;
 *   `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MODEL_UNRECOGNISED`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
 */
export async function importModel(folder: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const { modelsFolder, calibrationTexts, ...stated } = options
  const source = resolve(folder)
  const wanted = stated.name ?? guessModelName(source)
  requireDescription({ ...stated, name: wanted })
  if (calibrationTexts?.length === 0) throw optionError('calibrate: expected texts, got none.')
  const known = findKnownModel(wanted)
  const description = { ...stated, name: known?.name ?? wanted }
  await refuseBundledName(description.name)
  const apart = new ProofProcess()
  const staged = `.${randomUUID()}.tmp`
  let models: string | undefined
  try {
    const described = await apart.describe(source, '.', description)
    if (calibrationTexts !== undefined) requireCalibratable(described)
    models = await openInstallFolder(modelsFolder)
    const target = join(models, staged)
    for (const { path } of described.files) await copy(join(source, path), join(target, path))
    const files = await readModelFolder(target)
    const { lacksTokenizerConfig, tokenizerConfig } = files
    if (lacksTokenizerConfig)
      await writeFile(join(target, TOKENIZER_CONFIG_FILE), `${JSON.stringify(tokenizerConfig, null, 2)}\n`)
    const copied = await withQueryModel(description, models)
    // described again from the copy: what is written down is what was copied, whatever happens to the source meanwhile
    let entry = await apart.describe(target, staged, copied)
    if (calibrationTexts !== undefined) {
      await rm(join(target, CALIBRATION_FILE), { force: true })
      await apart.calibrate({ entry: withoutCalibration(entry), modelsFolder: models }, calibrationTexts)
      entry = await apart.describe(target, staged, copied)
    }
    const proof = await apart.prove({ entry, modelsFolder: models })
    const final = await installModel(models, staged, entry)
    const limit = describeTokenLimit(final, known, description)
    return {
      entry: final,
      modelsFolder: models,
      proof,
      differences: limit === null ? [] : [limit],
      notes: [
        ...(lacksTokenizerConfig ? [describeWritten(tokenizerConfig)] : []),
        ...importNotes(final, files, stated),
      ],
      integerProducts: await integerProductsOf(final, join(models, final.folder)),
    }
  } finally {
    await apart.close()
    if (models !== undefined) await rm(join(models, staged), { recursive: true, force: true })
  }
}

/** The query model as its manifest spells it. @throws InputError `UNKNOWN_MODEL` */
async function withQueryModel(description: ModelDescription, modelsFolder: string): Promise<ModelDescription> {
  const { queryModel } = description
  if (queryModel === undefined) return description
  return { ...description, queryModel: (await findModel(queryModel, { modelsFolder })).entry.name }
}

function withoutCalibration(entry: ModelEntry): ModelEntry {
  return { ...entry, files: entry.files.filter(({ path }) => path !== CALIBRATION_FILE) }
}

function describeWritten(config: Readonly<Record<string, unknown>> | null): string {
  return `${TOKENIZER_CONFIG_FILE} was not there and was written: a plain BERT tokenizer, lower case ${config?.do_lower_case}, at most ${config?.model_max_length} tokens.`
}

async function copy(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  // a file system that can shares the bytes
  await copyFile(source, target, constants.COPYFILE_FICLONE)
}
