import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { unbundle } from '../../src/bundles/unbundle.js'
import { writeBundle } from '../../src/bundles/write-bundle.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { openEncoder } from '../../src/encoders/open-encoder.js'
import { findModel, verifyModel } from '../../src/onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'
import { useOwnMachine } from '../own-machine.js'

const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'

/** A machine with two models of its own, from which bundles come. */
let source: string
let folder: string
let out: string
let there: string

beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), 'offgrid-source-'))
  vi.stubEnv('OFFGRID_CACHE', join(source, 'cache'))
  for (const name of ['bert', 'static'] as const) {
    const files = await writeTinyModel(source, name)
    await importModel(files, { name: `tiny/${name}`, licence: 'CC0-1.0', modelsFolder: join(source, 'models') })
  }
})

afterAll(() => rm(source, { recursive: true }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-bundle-'))
  out = join(folder, 'out.tgz')
  there = join(folder, 'there')
  useOwnMachine(folder)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const bundle = (names: readonly string[], file = out) =>
  writeBundle(file, { names, modelsFolder: join(source, 'models') })

function namesIn(file: string): string[] {
  return execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')
}

describe('a bundle', () => {
  it('carries a model to a machine that has it not, where it gives the same vector', async () => {
    const written = await bundle(['TINY/bert'])
    expect(written.models.map(({ entry }) => entry.name)).toEqual(['tiny/bert'])
    const { models, sha256 } = await unbundle(out, { modelsFolder: there, sha256: written.sha256.toUpperCase() })
    expect(sha256).toBe(written.sha256)
    expect(models).toMatchObject([{ was: 'absent', isInstalled: true, proof: { numbers: 16 } }])
    const { entry } = await verifyModel('tiny/bert', { modelsFolder: there })
    expect(entry).toEqual((await findModel('tiny/bert', { modelsFolder: join(source, 'models') })).entry)
    const vectors: Float32Array[] = []
    for (const modelsFolder of [there, join(source, 'models')]) {
      const encoder = await openEncoder({ dense: 'tiny/bert', modelsFolder })
      vectors.push((await encoder.encode(['fever'], 'query')).dense!.values)
      await encoder.close()
    }
    expect(vectors[0]).toEqual(vectors[1])
    expect((await readdir(there)).sort()).toEqual([entry.folder, 'manifest.json'].sort())
  })

  it('has the same bytes whatever the order of names, the folders and the times', async () => {
    await bundle(['tiny/static', 'tiny/bert'])
    const elsewhere = join(folder, 'elsewhere')
    await unbundle(out, { modelsFolder: elsewhere })
    const again = await writeBundle(join(folder, 'again.tgz'), {
      names: ['tiny/bert', 'tiny/static'],
      modelsFolder: elsewhere,
    })
    expect(again.sha256).toBe(
      createHash('sha256')
        .update(await readFile(out))
        .digest('hex'),
    )
    expect((await stat(out)).size).toBe(again.sizeBytes)
  })

  it('is unpacked by tar and checked by sha256sum, and is then a folder of models', async () => {
    await bundle(['tiny/bert'])
    execFileSync('tar', ['-xzf', out, '-C', folder])
    const checked = execFileSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
    expect(checked).not.toContain('FAILED')
    expect((await verifyModel('tiny/bert', { modelsFolder: join(folder, 'models') })).entry.name).toBe('tiny/bert')
    expect(namesIn(out).slice(0, 2)).toEqual(['offgrid-bundle.json', 'SHA256SUMS'])
    const index = JSON.parse(await readFile(join(folder, 'offgrid-bundle.json'), 'utf8'))
    expect(index.models[0].entry).toMatchObject({ licence: 'CC0-1.0', source: 'imported from a folder' })
  })

  it('takes along what a model stands on, all of which are in the folder that is named at the other end', async () => {
    await bundle([LATE])
    const names = namesIn(out)
    expect(names).toContain('models/all-MiniLM-L6-v2-late/head.safetensors')
    expect(names).toContain('models/all-MiniLM-L6-v2/model.safetensors')
    const { models } = await unbundle(out, { modelsFolder: there })
    expect(models.map(({ entry, was, isInstalled }) => [entry.name, was, isInstalled])).toEqual([
      [DENSE, 'absent', true],
      [LATE, 'absent', true],
    ])
    for (const name of [DENSE, LATE]) {
      expect((await findModel(name, { modelsFolder: there })).modelsFolder).toBe(there)
      await verifyModel(name, { modelsFolder: there })
    }
    const again = await unbundle(out, { modelsFolder: there })
    expect(again.models.map(({ was }) => was)).toEqual(['equal', 'equal'])
  })

  it('of a model that comes with the program leaves it there where no folder is named', async () => {
    await bundle(['Qdrant/bm25'])
    const { models } = await unbundle(out)
    expect(models).toMatchObject([{ was: 'equal', isInstalled: false, modelsFolder: BUNDLED_MODELS_FOLDER }])
  })

  it('of a damaged model is not written, and a file that stood there before is left', async () => {
    await writeFile(out, 'before')
    const damaged = join(folder, 'damaged')
    await bundle(['tiny/bert'], join(folder, 'good.tgz'))
    await unbundle(join(folder, 'good.tgz'), { modelsFolder: damaged })
    const { entry } = await findModel('tiny/bert', { modelsFolder: damaged })
    const file = join(damaged, entry.folder, 'config.json')
    for (const change of [(text: string) => text.replace('{', ' '), (text: string) => `${text} `]) {
      await copyFile(file, `${file}.kept`)
      await writeFile(file, change(await readFile(file, 'utf8')))
      await expect(writeBundle(out, { names: ['tiny/bert'], modelsFolder: damaged })).rejects.toMatchObject({
        code: 'MODEL_FILE_CORRUPT',
        message: expect.stringContaining('No bundle was written'),
      })
      await copyFile(`${file}.kept`, file)
    }
    await rm(file)
    await expect(writeBundle(out, { names: ['tiny/bert'], modelsFolder: damaged })).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
    })
    expect(await readFile(out, 'utf8')).toBe('before')
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('is written up to its end or not at all when it is interrupted', async () => {
    const interrupt = new AbortController()
    const writing = writeBundle(out, {
      names: ['tiny/bert', 'tiny/static'],
      modelsFolder: join(source, 'models'),
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(new Error('stop')),
    })
    await expect(writing).rejects.toThrow('stop')
    expect(await readdir(folder)).toEqual([])
  })

  it('of an unknown model, or with an unknown option, is refused', async () => {
    await expect(bundle(['nobody/nothing'])).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    await expect(writeBundle(out, { name: 'tiny/bert' } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })
})

describe('unbundling', () => {
  beforeEach(() => bundle(['tiny/bert']))

  it('leaves a model that is there with the same sums, and repairs it where its files were changed', async () => {
    await unbundle(out, { modelsFolder: there })
    expect((await unbundle(out, { modelsFolder: there })).models).toMatchObject([{ was: 'equal', isInstalled: false }])
    const { entry } = await findModel('tiny/bert', { modelsFolder: there })
    await writeFile(join(there, entry.folder, 'config.json'), '{}')
    expect((await unbundle(out, { modelsFolder: there })).models).toMatchObject([{ was: 'damaged', isInstalled: true }])
    await verifyModel('tiny/bert', { modelsFolder: there })
    expect((await readdir(there)).sort()).toEqual([entry.folder, 'manifest.json'].sort())
  })

  it('refuses to replace a model with other files, unless told to', async () => {
    const other = await writeTinyModel(folder, 'bert')
    await writeFile(join(other, 'config.json'), ` ${await readFile(join(other, 'config.json'), 'utf8')}`)
    const { entry } = await importModel(other, { name: 'Tiny/BERT', modelsFolder: there })
    await expect(unbundle(out, { modelsFolder: there })).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
      message: expect.stringMatching(/Tiny\/BERT|tiny\/bert is here with other files.*--replace/i),
    })
    expect((await verifyModel('tiny/bert', { modelsFolder: there })).entry).toEqual(entry)
    const { models } = await unbundle(out, { modelsFolder: there, replace: true })
    expect(models).toMatchObject([{ was: 'different', isInstalled: true }])
    expect(await readdir(there)).not.toContain(entry.folder)
  })

  it('only checks when told to, and then makes not even a folder', async () => {
    const { models } = await unbundle(out, { modelsFolder: there, checkOnly: true })
    expect(models).toMatchObject([{ was: 'absent', isInstalled: false, proof: null }])
    expect(await readdir(folder)).toEqual(['out.tgz'])
  })

  it('reads nothing of a file with another SHA-256 than the one named', async () => {
    const sha256 = '0'.repeat(64)
    await expect(unbundle(out, { modelsFolder: there, sha256 })).rejects.toMatchObject({ code: 'BUNDLE_CHANGED' })
    await expect(unbundle(out, { modelsFolder: there, sha256: 'abc' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    await expect(unbundle(join(folder, 'none.tgz'))).rejects.toMatchObject({ code: 'BUNDLE_MISSING' })
    await expect(unbundle(out, { replacing: true } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })

  it('leaves no model half installed when it is interrupted', async () => {
    const interrupt = new AbortController()
    const stopped = unbundle(out, {
      modelsFolder: there,
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(new Error('stop')),
    })
    await expect(stopped).rejects.toThrow('stop')
    expect(await readdir(there)).toEqual([])
  })
})
