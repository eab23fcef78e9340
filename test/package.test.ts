import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The packed package unpacked into an empty folder, its dependencies beside it. */
let folder: string
let installed: string
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
})
