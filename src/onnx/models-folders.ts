import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError, ModelError } from '../errors.js'

/** The folder of offgrid's own package.json; null where this code was bundled into another file. */
const PACKAGE_FOLDER = findPackageFolder()

/** Absolute path of the models that come with the package; made up where {@link requirePackage} throws. */
export const BUNDLED_MODELS_FOLDER = join(PACKAGE_FOLDER ?? process.cwd(), 'models')

/**
 * To be called before a file of the package is read: not when the module is loaded, because a program that was bundled may never need one.
 * @throws ModelError `PACKAGE_BROKEN`
 */
export function requirePackage(): void {
  if (PACKAGE_FOLDER !== null) return
  throw packageBroken(`This code is not in offgrid's package (it is in ${import.meta.url ?? 'a bundle'})`)
}

/** @param what is wrong with the package, a sentence without its full stop */
export function packageBroken(what: string, cause?: unknown): ModelError {
  return new ModelError(
    'PACKAGE_BROKEN',
    `${what}. If the program was bundled, leave offgrid out of the bundle and ship its package whole: serverExternalPackages and ` +
      'outputFileTracingIncludes of Next.js, external of esbuild, externals of webpack (docs/bundlers.md). Else install offgrid again.',
    { cause },
  )
}

/**
 * Where models are imported to unless `OFFGRID_MODELS` names a folder: `XDG_DATA_HOME`/offgrid/models, else ~/.local/share/offgrid/models.
 * @throws InputError `MODELS_FOLDER_MISSING` for a user without a home
 */
export function userModelsFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const folder = findUserModelsFolder(env)
  if (folder !== null) return folder
  throw new InputError(
    'MODELS_FOLDER_MISSING',
    'Expected a folder for models, got a user without a home: set OFFGRID_MODELS to a folder.',
  )
}

/** The same, or null for a user without a home, whom the system does not know. */
export function findUserModelsFolder(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  try {
    return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'offgrid', 'models')
  } catch {
    return null
  }
}

/** The version of offgrid; `unknown` where this code was bundled into another file. */
export function packageVersion(): string {
  if (PACKAGE_FOLDER === null) return 'unknown'
  return (JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string }).version
}

/** Above this file, in the sources as in the build. */
function findPackageFolder(): string | null {
  // a bundle in CommonJS has no such URL
  const url: string | undefined = import.meta.url
  if (url === undefined || !url.startsWith('file:')) return null
  let folder = dirname(fileURLToPath(url))
  for (;;) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }
      if (name === 'offgrid') return folder
    } catch {
      // No package.json here: look further up.
    }
    const parent = dirname(folder)
    if (parent === folder) return null
    folder = parent
  }
}
