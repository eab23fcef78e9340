import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { openCacheFolders } from '../../files/cache-folder.js'
import { isFolder } from '../../files/path-stats.js'
import { describeDamage, findDamagedCopies } from '../../onnx/damaged-copies.js'
import { listModels } from '../../onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER, findUserModelsFolder } from '../../onnx/models-folders.js'
import { type Finding, failure, fine, warning } from './finding.js'

/** Where models are looked for, and whether one can be brought in. */
export async function checkModelsFolders(env: NodeJS.ProcessEnv = process.env): Promise<Finding> {
  const named = env.OFFGRID_MODELS || null
  if (named !== null && !(await isFolder(named))) {
    return failure(
      `OFFGRID_MODELS is ${named}, which is no folder that can be read`,
      'Make it, or set OFFGRID_MODELS to another one.',
    )
  }
  const target = named ?? findUserModelsFolder(env)
  const canWrite = target !== null && (await canBeWritten(target))
  const places = [named, findUserModelsFolder(env), BUNDLED_MODELS_FOLDER].filter((folder) => folder !== null)
  const detail = `${places.join(', ')}; new ones go to ${target ?? 'nowhere'}`
  if (canWrite) return fine(detail)
  return warning(
    `${detail}, which cannot be written`,
    'To bring in models, set OFFGRID_MODELS to a folder that can be written.',
  )
}

/** Where graphs and checked sums are kept, and whether they are what was put there. */
export async function checkCache(): Promise<Finding> {
  const folders = await openCacheFolders()
  const folder = folders.at(-1)
  if (folder === undefined || !(await canBeWritten(folder))) {
    const advice =
      'Every start hashes the models again, and a graph is built where it was not. Set OFFGRID_CACHE to a folder that can be written.'
    return warning('no folder for it can be written, the temporary one included', advice)
  }
  const sums = (await listModels()).flatMap(({ entry }) => entry.files.map(({ sha256 }) => sha256))
  const damaged = await findDamagedCopies(sums)
  if (damaged.length > 0) return warning(folder, describeDamage(damaged))
  return fine(folder)
}

/** Whether a folder, or the innermost one above it that is there, can be written. */
export async function canBeWritten(folder: string): Promise<boolean> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK)
      return await isFolder(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) return false
    }
  }
}
