import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { installModel, removeModel } from '../../../src/encoders/models/install-model.js'
import type { Manifest, ModelEntry } from '../../../src/onnx/manifest.js'
import { writeTinyModel } from '../tiny-dense-models.js'

let models: string

beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'offgrid-remove-'))
})

afterEach(async () => {
  await rm(models, { recursive: true })
})

async function install(name: string): Promise<ModelEntry> {
  const source = await writeTinyModel(models, 'static')
  const staged = `.staged-${name}`
  await cp(source, join(models, staged), { recursive: true })
  await rm(source, { recursive: true })
  return installModel(models, staged, await describeModel(join(models, staged), staged, { name }))
}

const manifestOf = async () => JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8')) as Manifest
const writeManifest = (entries: readonly ModelEntry[]) =>
  writeFile(join(models, 'manifest.json'), JSON.stringify({ version: 1, models: entries }))

it('a model goes with its files, and the others stay, also of several at once', async () => {
  const entries = [await install('first'), await install('second'), await install('third')]
  const removed = await Promise.all(['FIRST', 'second', 'nothing'].map((name) => removeModel(models, name)))
  const sizeBytes = entries[0]!.files.reduce((sum, file) => sum + file.sizeBytes, 0)
  expect(removed.map((model) => model?.freedBytes)).toEqual([sizeBytes, sizeBytes, undefined])
  expect((await manifestOf()).models).toEqual([entries[2]])
  expect((await readdir(models)).sort()).toEqual(['manifest.json', entries[2]!.folder].sort())
})

it('a model on which another stands is not removed', async () => {
  const base = await install('base')
  await writeManifest([base, { ...base, name: 'top', base: 'BASE' }])
  await expect(removeModel(models, 'base')).rejects.toMatchObject({ code: 'MODEL_IN_USE' })
  expect((await manifestOf()).models).toHaveLength(2)
})

it('a folder that somebody else made stays, and so does one that another model has, too', async () => {
  const entry = await install('mine')
  await cp(join(models, entry.folder), join(models, 'by-hand'), { recursive: true })
  await writeManifest([entry, { ...entry, name: 'hand', folder: 'by-hand' }, { ...entry, name: 'twin' }])
  expect((await removeModel(models, 'hand'))!.freedBytes).toBe(0)
  expect((await removeModel(models, 'mine'))!.freedBytes).toBe(0)
  expect(await readdir(join(models, 'by-hand'))).toHaveLength(entry.files.length)
  expect(await readdir(join(models, entry.folder))).toHaveLength(entry.files.length)
})
