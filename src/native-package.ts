import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The native libraries: the package of the registry that each comes from, and the version that this program was tested with. */
export const NATIVE_LIBRARIES = {
  onnxruntime: { original: 'onnxruntime-node', version: '1.30.0' },
  usearch: { original: 'usearch', version: '2.25.3' },
} as const

export type NativeLibrary = keyof typeof NATIVE_LIBRARIES

/**
 * The folder of a native library's package. Three places may have it: the package of this platform, which comes with an installation from
 * a registry; the folder `native`, which `npm pack` puts into the package; the original package, as in a clone. Other versions are passed over.
 * @throws Error if none of them has it
 */
export function nativePackageFolder(library: NativeLibrary): string {
  const { original, version } = NATIVE_LIBRARIES[library]
  // a bundle in CommonJS has no such URL
  const here: string | undefined = import.meta.url
  if (here === undefined) throw new Error('the code runs in a bundle')
  const ofPlatform = `@offgrid/${library}-${process.platform}-${process.arch}`
  const inside = fileURLToPath(new URL(`${here.endsWith('.ts') ? '..' : '../..'}/native/${library}`, here))
  const folders = [packageFolder(here, ofPlatform), inside, packageFolder(here, original)]
  const others: string[] = []
  for (const folder of folders) {
    if (folder === null || !isThere(join(folder, 'package.json'))) continue
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string }
    if (found.version === version) return folder
    others.push(`${found.version} in ${folder}`)
  }
  const found = others.length === 0 ? 'none of them' : others.join(', ')
  throw new Error(`expected ${ofPlatform}, ${inside} or ${original}, each in version ${version}, got ${found}`)
}

/**
 * What a native library's package exports. Required, not imported: bundlers leave it alone, and no loader wraps it.
 * @throws Error if there is no such package, or its library cannot be loaded
 */
export function loadNativePackage<T extends object>(library: NativeLibrary): T {
  return createRequire(import.meta.url)(nativePackageFolder(library)) as T
}

/** Leads tools that trace files to what no import leads to; nobody calls it. @internal */
export function tracedFiles(): Promise<unknown> {
  return import('./traced-files.cjs')
}

/** A package as Node finds it, by the folders alone: a package need not export its package.json. */
function packageFolder(from: string, name: string): string | null {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const candidate = join(folder, name)
    if (isThere(join(candidate, 'package.json'))) return candidate
  }
  return null
}

/** Where Node runs with --permission, asking for what may not be read throws. */
function isThere(path: string): boolean {
  try {
    return existsSync(path)
  } catch {
    return false
  }
}
