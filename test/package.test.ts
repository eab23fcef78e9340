import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NATIVE_LIBRARIES } from '../src/native-package.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The packed package unpacked into an empty folder, its dependencies beside it. */
let folder: string
let installed: string

/** Runs the command of a development dependency; its output, with the reason where it fails. */
function runTool(script: string, ...args: string[]): string {
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${script} failed:\n${stdout}${stderr}`)
  }
}

/** The TypeScript examples of a page, each a module of its own. */
function examplesOf(page: string): string[] {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)
  return Array.from(blocks, ([, code]) => code!)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-package-'))
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'pipe' })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  execFileSync('tar', ['-xzf', tarball], { cwd: folder })
  installed = join(folder, 'package')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the packed package', () => {
  test('holds the command, the threads, the models and no graph of this machine', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    for (const file of [
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/workers/encode.js',
      'models/manifest.json',
      'NOTICE',
    ]) {
      expect(files).toContain(file)
    }
    expect(files.filter((file) => file.includes('.onnx') || file.startsWith('test'))).toEqual([])
  })

  test('holds every page that README.md and the documentation lead to', () => {
    const pages = [
      'README.md',
      'SECURITY.md',
      ...readdirSync(join(installed, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ]
    const dead = pages.flatMap((page) =>
      Array.from(
        readFileSync(join(installed, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g),
        ([, path]) => path!,
      )
        .filter((path) => !existsSync(join(installed, dirname(page), path)))
        .map((path) => `${page}: ${path}`),
    )
    expect(pages.length).toBeGreaterThan(20)
    expect(dead).toEqual([])
  })

  test('gets the native libraries of this platform alone, unchanged, with their sums and licence', () => {
    const native = join(installed, 'native')
    execFileSync(process.execPath, [join(root, 'scripts', 'make-runtime-packages.js'), '--inside', native])
    for (const [library, { original, version }] of Object.entries(NATIVE_LIBRARIES)) {
      const files = readFileSync(join(native, library, 'SHA256SUMS'), 'utf8')
        .trimEnd()
        .split('\n')
      const paths = files.map((line) => line.slice(66))
      const own = ['LICENSE', 'README.md', 'package.json']
      expect(paths).toEqual(expect.arrayContaining(own))
      for (const [i, path] of paths.entries()) {
        const bytes = readFileSync(join(native, library, path))
        expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(files[i]!.slice(0, 64))
        if (own.includes(path)) continue
        expect(bytes.equals(readFileSync(join(root, 'node_modules', original, path))), path).toBe(true)
      }
      const manifest = JSON.parse(readFileSync(join(native, library, 'package.json'), 'utf8'))
      expect(manifest).toMatchObject({ version, os: [process.platform], cpu: [process.arch] })
      expect(manifest).not.toHaveProperty('scripts')
    }
    const libraries = readdirSync(native, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(so|dll|dylib|node)\b/.test(path),
    )
    expect(libraries.length).toBeLessThanOrEqual(3)
    const { nativePackageFolder } = createRequire(join(installed, 'package.json'))('./dist/src/native-package.js')
    expect(nativePackageFolder('onnxruntime')).toBe(join(native, 'onnxruntime'))
  })

  test('ingests and searches from a folder of its own, worker threads included', () => {
    const offgrid = (...args: string[]) =>
      execFileSync(process.execPath, [join(installed, 'dist', 'src', 'cli', 'main.js'), ...args, '--json'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, QDRANT_URL: '' },
      })
    writeFileSync(join(folder, 'two.jsonl'), '{"id":1,"text":"Gout hurts."}\n{"id":2,"text":"Asthma wheezes."}\n')
    expect(JSON.parse(offgrid('ingest', 'two.jsonl'))).toMatchObject({ points: 2, failed: 0 })
    expect(JSON.parse(offgrid('search', 'wheezing')).hits[0]).toMatchObject({ id: 2, documentId: 2 })
    expect(existsSync(join(folder, '.offgrid', 'store'))).toBe(true)
  })

  test('is imported by its name with its public classes', () => {
    symlinkSync(installed, join(folder, 'offgrid'))
    const script =
      "import * as offgrid from './offgrid/dist/src/index.js'; process.stdout.write(Object.keys(offgrid).join())"
    const names = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(names.split(',')).toEqual(
      expect.arrayContaining(['TextEmbedding', 'SparseTextEmbedding', 'LateInteractionTextEmbedding', 'OffgridError']),
    )
  })

  test('passes publint, warnings counted as errors', () => {
    expect(runTool('publint/src/cli.js', installed, '--pack', 'false', '--strict')).toContain('All good')
  })

  test('has types that every way of resolving finds, by attw', () => {
    // the models, which have no types, would only make the archive large
    const archive = join(folder, 'types.tgz')
    execFileSync('tar', ['-czf', archive, '--exclude=package/models', 'package'], { cwd: folder })
    // the profile leaves out the old way of resolving, but not what that way finds inside the package, which is compiled below in full
    const rules = ['--ignore-rules', 'internal-resolution-error', 'cjs-resolves-to-esm']
    runTool('@arethetypeswrong/cli/dist/index.js', archive, '--profile', 'esm-only', ...rules)
  })

  test('has the types that its users rely on, and the examples of its pages compile against them', () => {
    const consumer = join(folder, 'consumer')
    mkdirSync(join(consumer, 'node_modules'), { recursive: true })
    symlinkSync(installed, join(consumer, 'node_modules', 'offgrid'))
    writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(consumer, 'documents.d.ts'), 'declare const documents: string[]\n')
    const types = readFileSync(join(root, 'test', 'consumer', 'public-types.ts'), 'utf8')
    writeFileSync(join(consumer, 'public-types.ts'), types)
    const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
    for (const page of pages.filter((name) => name.endsWith('.md'))) {
      for (const [i, code] of examplesOf(page).entries()) {
        writeFileSync(join(consumer, `${page.replace(/\W/g, '-')}-${i}.ts`), `${code}\nexport {}\n`)
      }
    }
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable'], types: ['node'] },
      ...{ strict: true, noEmit: true, typeRoots: [join(root, 'node_modules', '@types')] },
    }
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    runTool('typescript/bin/tsc', '-p', consumer)

    // the adapters beside the libraries that they are for, whose own types do not compile without more of theirs
    const adapters = join(consumer, 'adapters')
    mkdirSync(adapters)
    writeFileSync(join(adapters, 'adapter-types.ts'), readFileSync(join(root, 'test', 'consumer', 'adapter-types.ts')))
    const lenient = { ...compilerOptions, skipLibCheck: true }
    writeFileSync(join(adapters, 'tsconfig.json'), JSON.stringify({ compilerOptions: lenient }))
    runTool('typescript/bin/tsc', '-p', adapters)
  })
})
