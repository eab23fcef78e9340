import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelError } from '../errors.js'

/** Absolute path of the models that come with the package. */
export const BUNDLED_MODELS_FOLDER = join(findPackageRoot(), 'models')

/** Where models are imported to unless `OFFGRID_MODELS` names a folder: `XDG_DATA_HOME`/offgrid/models, else ~/.local/share/offgrid/models. */
export function userModelsFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'offgrid', 'models')
}

/** The folder of offgrid's own package.json, above this file in the sources as in the build. */
function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }
      if (name === 'offgrid') return folder
    } catch {
      // No package.json here: look further up.
    }
    const parent = dirname(folder)
    if (parent === folder)
      throw new ModelError('PACKAGE_BROKEN', 'offgrid cannot find its own package.json; install it again.')
    folder = parent
  }
}
