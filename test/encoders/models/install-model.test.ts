import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { installModel } from '../../../src/encoders/models/install-model.js'
import type { ModelEntry } from '../../../src/onnx/manifest.js'
import { listModels, verifyModel } from '../../../src/onnx/model-files.js'
import { useOwnMachine } from '../../own-machine.js'
import { writeTinyModel } from '../tiny-dense-models.js'

const MODELS = 30

let folder: string
let models: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-install-'))
  models = join(folder, 'models')
  useOwnMachine(folder)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Installs a model without proving it, as an import does at its end. */
async function install(source: string, name: string): Promise<ModelEntry> {
  const staged = `.staged-${name.replace('/', '-')}`
  await cp(source, join(models, staged), { recursive: true })
  return installModel(models, staged, await describeModel(join(models, staged), staged, { name }))
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

describe('installing models', () => {
  it('loses none of many that are installed into one folder at once', async () => {
    const source = await writeTinyModel(folder, 'static')
    await Promise.all(Array.from({ length: MODELS }, (_, i) => install(source, `tiny/${i}`)))
    const installed = (await listModels({ modelsFolder: models })).filter(({ entry }) => entry.name.startsWith('tiny/'))
    expect(installed).toHaveLength(MODELS)
    for (const { entry } of installed) await verifyModel(entry.name, { modelsFolder: models })
  })

  it('several imports of one name at once leave one whole model', async () => {
    const source = await writeTinyModel(folder, 'static')
    await Promise.all([1, 2, 3].map(() => importModel(source, { name: 'tiny/same', modelsFolder: models })))
    await verifyModel('tiny/same', { modelsFolder: models })
  })

  it('deletes the folder of the model that it replaces only where that has the name that an installation gives', async () => {
    const source = await writeTinyModel(folder, 'static')
    const entry = await install(source, 'tiny/first')
    await mkdir(join(models, 'kept'))
    await writeFile(join(models, 'kept', 'notes.txt'), 'mine')
    const own = { ...entry, name: 'tiny/own', folder: 'kept' }
    const manifest = JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8')) as { models: object[] }
    await writeFile(join(models, 'manifest.json'), JSON.stringify({ ...manifest, models: [...manifest.models, own] }))
    const bert = await writeTinyModel(folder, 'bert')
    await install(bert, 'tiny/own')
    await install(bert, 'tiny/first')
    expect(await readFile(join(models, 'kept', 'notes.txt'), 'utf8')).toBe('mine')
    expect(await exists(join(models, entry.folder))).toBe(false)
  })

  it.each(['.', './', '..', 'a/..', '../victim', '/x', 'C:\\x', 'a//b', '', 'a\0b'])(
    'a manifest whose model lies in %j is refused, and nothing is deleted',
    async (place) => {
      const source = await writeTinyModel(folder, 'static')
      const entry = await install(source, 'tiny/first')
      await writeFile(
        join(models, 'manifest.json'),
        JSON.stringify({ version: 1, models: [entry, { ...entry, name: 'tiny/other', folder: place }] }),
      )
      await expect(importModel(source, { name: 'tiny/other', modelsFolder: models })).rejects.toMatchObject({
        code: 'MANIFEST_INVALID',
        message: expect.stringContaining('models[1].folder'),
      })
      expect(await exists(join(models, entry.folder, 'model.safetensors'))).toBe(true)
    },
  )

  it.each(['../outside.safetensors', '/x/y', '..\\x', '.'])(
    'a description that names %j as the file that is run is refused',
    async (network) => {
      const source = await writeTinyModel(folder, 'static')
      await expect(importModel(source, { name: 'tiny/x', network, modelsFolder: models })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      })
    },
  )
})
