import { basename } from 'node:path'
import { isCustomModel } from '../../onnx/custom-models.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { isLink } from '../../onnx/onnx-graph-file.js'

/** Folders that models are staged in: of an import or a bundle, and of a pull. Others are somebody else's. */
export const STAGED = /^\.([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|.+-[\da-f]{12})\.tmp$/

/**
 * Whether a model's folder is one of a models folder, or staged for one: what was added with `addCustomModel`, and what is a link, is
 * somebody else's.
 */
export async function isOwnFolder(folder: string, { name }: Pick<ModelEntry, 'name'>): Promise<boolean> {
  return STAGED.test(basename(folder)) || (!isCustomModel(name) && !(await isLink(folder)))
}
