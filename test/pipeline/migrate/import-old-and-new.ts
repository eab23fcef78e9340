import { join } from 'node:path'
import { vi } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'

/** Lets all of a test file see two small dense models, `tiny/old` and `tiny/new`, and no others; until `vi.unstubAllEnvs()`. */
export async function importOldAndNew(folder: string): Promise<void> {
  const modelsFolder = join(folder, 'models')
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  vi.stubEnv('OFFGRID_MODELS', modelsFolder)
  await importModel(await writeTinyModel(folder, 'static'), { name: 'tiny/old', modelsFolder })
  await importModel(await writeTinyModel(folder, 'bert'), { name: 'tiny/new', modelsFolder })
}
