import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { loadNativePackage, NATIVE_LIBRARIES, type nativePackageFolder } from '../src/native-package.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'offgrid-native-')))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('a native library in the clone', () => {
  test('is that of the original package, in the version that the manifest pins', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
      devDependencies: Record<string, string>
    }
    for (const { original, version } of Object.values(NATIVE_LIBRARIES)) {
      expect(devDependencies[original]).toBe(version)
    }
    expect(dependencies['onnxruntime-common']).toBe(NATIVE_LIBRARIES.onnxruntime.version)
    const { dependencies: needed } = JSON.parse(
      readFileSync(join(root, 'node_modules', 'usearch', 'package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> }
    expect(dependencies).toMatchObject({ bindings: needed.bindings, 'node-gyp-build': needed['node-gyp-build'] })
  })

  test('is loaded with what it exports', () => {
    expect(loadNativePackage('onnxruntime')).toMatchObject({ InferenceSession: expect.any(Function) })
    expect(loadNativePackage('usearch')).toMatchObject({ Index: expect.any(Function) })
  })
})

/** The compiled module as it stands in an installed package, which may have other packages around it than the clone. */
describe('a native library of an installation', () => {
  const { version } = NATIVE_LIBRARIES.onnxruntime
  const platform = `${process.platform}-${process.arch}`
  let app: string
  let find: typeof nativePackageFolder
  let count = 0

  const add = (path: string, foundVersion: string) => {
    const folder = join(app, path)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: foundVersion }))
    return folder
  }

  beforeEach(async () => {
    app = join(scratch, `app-${count++}`)
    const module = join(app, 'node_modules', 'offgrid', 'dist', 'src', 'native-package.js')
    cpSync(join(root, 'dist', 'src', 'native-package.js'), module)
    writeFileSync(join(app, 'node_modules', 'offgrid', 'package.json'), '{ "type": "module" }')
    find = ((await import(pathToFileURL(module).href)) as { nativePackageFolder: typeof nativePackageFolder })
      .nativePackageFolder
  })

  test('is taken from the package of the platform, else from inside the package, else from the original', () => {
    const original = add('node_modules/onnxruntime-node', version)
    expect(find('onnxruntime')).toBe(original)
    const inside = add('node_modules/offgrid/native/onnxruntime', version)
    expect(find('onnxruntime')).toBe(inside)
    const ofPlatform = add(`node_modules/@offgrid/onnxruntime-${platform}`, version)
    expect(find('onnxruntime')).toBe(ofPlatform)
  })

  test('in another version, which another package brought, is passed over and named', () => {
    const other = add('node_modules/onnxruntime-node', '1.14.0')
    expect(() => find('onnxruntime')).toThrow(`in version ${version}, got 1.14.0 in ${other}`)
    const inside = add('node_modules/offgrid/native/onnxruntime', version)
    expect(find('onnxruntime')).toBe(inside)
  })

  test('that is nowhere is told by the three places', () => {
    expect(existsSync(join(app, 'node_modules', 'onnxruntime-node'))).toBe(false)
    expect(() => find('onnxruntime')).toThrow(
      `expected @offgrid/onnxruntime-${platform}, ${join(app, 'node_modules', 'offgrid', 'native', 'onnxruntime')} or onnxruntime-node`,
    )
  })
})
