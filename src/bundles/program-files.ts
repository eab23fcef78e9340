import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { ModelError } from '../errors.js'
import { isFolder, isThere } from '../files/path-stats.js'
import { NATIVE_LIBRARIES, type NativeLibrary, nativePackageFolder } from '../native-package.js'
import { BUNDLED_MODELS_FOLDER } from '../onnx/models-folders.js'
import type { BundledProgram } from './bundle-index.js'

/** Where offgrid itself lies in a bundle: dependencies beside it and below it are found as npm has them. */
export const PROGRAM_PATH = 'node_modules/offgrid'

/** A file of the program: where it is here, and in a bundle. */
export interface ProgramFile {
  readonly source: string
  readonly path: string
}

/** A package of the program, as a list of components has it. */
export interface ProgramPackage {
  readonly name: string
  readonly version: string
  /** As its package.json says, an SPDX expression as a rule; null where it says nothing. */
  readonly licence: string | null
  /** Names and versions (`name@version`) of the packages that it loads. */
  readonly needs: readonly string[]
}

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly files?: readonly string[]
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const ROOT = dirname(BUNDLED_MODELS_FOLDER)

/** This program as a bundle describes it. */
export async function describeProgram(): Promise<BundledProgram> {
  const { version, engines } = await readPackage(ROOT)
  return { version, platform: `${process.platform}-${process.arch}`, node: engines?.node ?? '' }
}

/**
 * The files of this program and of every package that it needs to run, without those of other platforms and without the weights of
 * the bundled models, which a bundle lists by model.
 * @throws ModelError `PROGRAM_INCOMPLETE` if a package is missing or lies where npm does not put it
 */
export async function listProgramFiles(): Promise<ProgramFile[]> {
  const own = (await readPackage(ROOT)).files ?? []
  const files: ProgramFile[] = []
  const add = async (source: string, path: string) => {
    for (const file of await listFiles(source)) files.push({ source: join(source, file), path: `${path}/${file}` })
  }
  // what is listed apart, or comes with the packages
  const others = ['models', 'native']
  for (const name of own.filter((each) => !each.startsWith('!') && !others.includes(each))) {
    const source = join(ROOT, name)
    if (await isFolder(source)) await add(source, `${PROGRAM_PATH}/${name}`)
    else files.push({ source, path: `${PROGRAM_PATH}/${name}` })
  }
  for (const name of ['package.json', 'models/manifest.json', 'models/registry.json']) {
    files.push({ source: join(ROOT, name), path: `${PROGRAM_PATH}/${name}` })
  }
  for (const folder of (await findPackages()).keys()) if (folder !== ROOT) await add(folder, pathInBundle(folder))
  return files
}

/**
 * This program, first, and every package that it loads: installed ones, and those whose files it carries in vendor/.
 * @throws ModelError `PROGRAM_INCOMPLETE`
 */
export async function listPackages(): Promise<ProgramPackage[]> {
  const found = await findPackages()
  const vendored = (await readdir(join(ROOT, 'vendor'))).map((name) => join(ROOT, 'vendor', name))
  found.set(ROOT, [...found.get(ROOT)!, ...vendored])
  for (const folder of vendored) found.set(folder, [])
  const described = new Map<string, PackageJson>()
  for (const folder of found.keys()) described.set(folder, await readPackage(folder))
  const idOf = (folder: string) => `${described.get(folder)!.name}@${described.get(folder)!.version}`
  return [...found].map(([folder, needs]) => {
    const { name, version, license = null } = described.get(folder)!
    return { name, version, licence: license, needs: [...new Set(needs.map(idOf))].sort() }
  })
}

/** Folders of the program and of all packages that it loads, found as Node finds them, each with those that it needs itself. */
async function findPackages(): Promise<Map<string, string[]>> {
  // what the native packages need is needed by offgrid as well
  const native = findNativePackages()
  const found = new Map<string, string[]>([
    [ROOT, [...native]],
    ...native.map((folder): [string, string[]] => [folder, []]),
  ])
  const queue = [ROOT]
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    // a peer that is loaded is a dependency of somebody else as well; the others are there for their types
    const { dependencies = {}, optionalDependencies = {} } = await readPackage(folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const target = await findPackage(folder, name)
      const isNeeded = name in dependencies && !(name in optionalDependencies)
      if (target === null && isNeeded) {
        throw incomplete(`expected the package ${name}, which ${folder} needs, found none`)
      }
      if (target === null) continue
      found.get(folder)!.push(target)
      if (found.has(target)) continue
      found.set(target, [])
      queue.push(target)
    }
  }
  return found
}

/** Folders of the packages of the native libraries. The program works without a graph of neighbours, which not every platform has. */
function findNativePackages(): string[] {
  const folders: string[] = []
  for (const library of Object.keys(NATIVE_LIBRARIES) as NativeLibrary[]) {
    try {
      folders.push(nativePackageFolder(library))
    } catch (cause) {
      if (library !== 'usearch') throw incomplete((cause as Error).message)
    }
  }
  return folders
}

/** Upwards from a folder, the first node_modules that has the package. */
async function findPackage(from: string, name: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (basename(folder) !== 'node_modules' && (await isThere(join(candidate, 'package.json')))) return candidate
    if (dirname(folder) === folder) return null
  }
}

/** Below the program, as in a clone, or beside it, as where it was installed. */
function pathInBundle(folder: string): string {
  const below = relative(ROOT, folder)
  if (!below.startsWith('..')) return `${PROGRAM_PATH}/${toSlashes(below)}`
  const beside = relative(dirname(ROOT), folder)
  if (basename(dirname(ROOT)) === 'node_modules' && !beside.startsWith('..')) return `node_modules/${toSlashes(beside)}`
  throw incomplete(`the package ${folder} lies neither below nor beside offgrid`)
}

/** Native libraries of other platforms, in the two layouts that packages keep them in. */
const PLATFORM_FOLDERS = [/^bin\/napi-v\d+\/(\w+)\/(\w+)\//, /^prebuilds\/([a-z0-9]+)-([\w+]+)\//]

function isForeign(path: string): boolean {
  return PLATFORM_FOLDERS.some((layout) => {
    const [, platform, architectures] = layout.exec(path) ?? []
    return (
      platform !== undefined && (platform !== process.platform || !architectures!.split('+').includes(process.arch))
    )
  })
}

/** Files below a folder, other packages in it left out, relative, with forward slashes. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => toSlashes(relative(folder, join(entry.parentPath, entry.name))))
    .filter((path) => !path.split('/').includes('node_modules') && !isForeign(path) && !path.endsWith('.built-from'))
}

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}

async function readPackage(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson
}

function incomplete(what: string): ModelError {
  return new ModelError(
    'PROGRAM_INCOMPLETE',
    `The program cannot be bundled: ${what}. Expected an installation by npm, or a clone after npm ci.`,
  )
}
