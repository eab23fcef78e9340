import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))

interface LockedPackage {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

describe('what is installed with the package', () => {
  test('is no compiler', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
    const installed = Object.keys(packages).filter((path) => path !== '' && packages[path]!.dev !== true)
    expect(installed.length).toBeGreaterThan(20)
    expect(installed.filter((path) => /node_modules\/(typescript|esbuild|@biomejs)/.test(path))).toEqual([])
  })

  test('has no install script, which could fetch or compile something', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
    const withScript = Object.keys(packages).filter((path) => packages[path]!.hasInstallScript === true)
    // the test would see one: what the clone alone needs has some
    expect(withScript).toEqual(['node_modules/msgpackr-extract', 'node_modules/usearch'])
    expect(withScript.filter((path) => packages[path]!.dev !== true)).toEqual([])
    for (const path of Object.keys(packages).filter((path) => path !== '' && packages[path]!.dev !== true)) {
      if (!existsSync(join(root, path))) continue // of another platform
      const { scripts = {} } = JSON.parse(read(join(path, 'package.json'))) as { scripts?: Record<string, string> }
      expect([scripts.preinstall, scripts.install, scripts.postinstall], path).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      // npm compiles a package that has this file and no install script
      expect(existsSync(join(root, path, 'binding.gyp')), path).toBe(false)
    }
  })

  test('npm ci in a clone does not run the script of onnxruntime-node, which fetches CUDA files: npm runs what the lock file says has one', () => {
    const path = 'node_modules/onnxruntime-node'
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
    const { scripts } = JSON.parse(read(join(path, 'package.json'))) as { scripts: Record<string, string> }
    expect(scripts.postinstall, 'the reason for this test').toContain('install')
    expect(packages[path], 'after an update: delete its line "hasInstallScript"').not.toHaveProperty('hasInstallScript')
  })

  test('is all that the program imports', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as Record<string, object>
    const named = { ...dependencies, ...peerDependencies }
    const programs = [
      ...filesIn('src', '.ts'),
      ...filesIn('workers', '.ts'),
      ...filesIn('vendor', '.js'),
      ...filesIn('vendor', '.d.ts'),
    ]
    const missing = programs.flatMap((path) =>
      [
        ...read(path).matchAll(
          /^(?:import|export)\b[^'"]*?from\s+'([^'.#][^']*)'|\bimport\('([^'.#][^']*)'\)|\brequire\('([^'.#][^']*)'\)/gm,
        ),
      ]
        .map((match) => (match[1] ?? match[2] ?? match[3])!)
        .filter((name) => !isBuiltin(name))
        .map((name) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !(name in named))
        .map((name) => `${path} imports ${name}`),
    )
    expect(missing).toEqual([])
  })
})

describe('the copy of Qdrant’s client', () => {
  test.each([
    ['esm', 'dist/esm'],
    ['types', 'dist/types'],
  ])('has the %s of the package, unchanged (scripts/vendor-qdrant-client.js)', (ours, theirs) => {
    const original = join('node_modules', '@qdrant', 'js-client-rest', theirs)
    const copy = join('vendor', 'qdrant-client', ours)
    const names = (folder: string) =>
      filesIn(folder, '.ts')
        .concat(filesIn(folder, '.js'))
        .map((path) => path.slice(folder.length))
        .sort()
    expect(names(copy)).toEqual(names(original))
    for (const name of names(copy)) expect(read(join(copy, name)) === read(join(original, name)), name).toBe(true)
  })
})
