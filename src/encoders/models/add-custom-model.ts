import { basename, dirname, resolve } from 'node:path'
import { InputError, optionError } from '../../errors.js'
import { addCustomModels } from '../../onnx/custom-models.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { listModels } from '../../onnx/model-files.js'
import { shown } from '../../options.js'
import { describeModel } from './describe-model.js'
import { type ModelDescription, requireDescription } from './model-description.js'
import { orUnusable } from './proof-task.js'
import { proveModel } from './prove-model.js'

/** A model of one's own, for as long as the process runs. */
export interface CustomModelOptions extends ModelDescription {
  /** Folder with its files; they stay where they are. */
  readonly folder: string
}

/**
 * Makes a model usable by its name in this process, worker threads included, without importing it: what is not stated is taken from
 * its files, as `offgrid models import` does. Its files are hashed, and checked again whenever an encoder is opened. Like an import it is
 * proved by encoding a text in this thread before it is added.
 * @throws InputError `MODEL_EXISTS` if there is a model of that name; `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MODEL_UNRECOGNISED`, `MODEL_MISMATCH`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
 */
export async function addCustomModel({ folder, ...description }: CustomModelOptions): Promise<ModelEntry> {
  if (typeof folder !== 'string' || folder === '') {
    throw optionError(`folder: expected the path of a folder, got ${shown(folder)}.`)
  }
  requireDescription(description)
  const name = description.name.toLowerCase()
  if ((await listModels()).some(({ entry }) => entry.name.toLowerCase() === name)) {
    throw new InputError('MODEL_EXISTS', `There is a model named ${description.name} already: take another name.`)
  }
  const path = resolve(folder)
  const entry = await orUnusable(description.name, () => describeModel(path, basename(path), description))
  const model = { entry, modelsFolder: dirname(path) }
  await orUnusable(description.name, () => proveModel(model))
  addCustomModels([model])
  return entry
}
