import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { calibrateModel, measureMaxima } from '../../../src/encoders/models/calibrate-int8.js'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { measureInt8Loss } from '../../../src/encoders/models/int8-loss.js'
import { addCustomModels, removeCustomModel } from '../../../src/onnx/custom-models.js'
import { openModel } from '../../../src/onnx/model-files.js'
import { writeTinyModel } from '../tiny-dense-models.js'

const FIXTURES = fileURLToPath(new URL('../../parity/fixtures/architectures', import.meta.url))
/** Of int8 to fp32; what is below says nothing of the same text any more. */
const LEAST_COSINE = 0.99

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-calibrate-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function publish(architecture: string) {
  const published = join(folder, architecture)
  cpSync(join(FIXTURES, 'bert'), published, { recursive: true })
  cpSync(join(FIXTURES, architecture), published, { recursive: true })
  return { entry: await describeModel(published, architecture, { name: `test/${architecture}` }), modelsFolder: folder }
}

const TEXTS = ['w7 w8 w9 w10', 'w20 w21', 'w30 w31 w32 w33 w34 w35']

it.each(['bert', 'modernbert', 'nomic', 'gte', 'mpnet'])(
  'a calibrated checkpoint is found by its file and near to fp32: %s',
  async (architecture) => {
    const model = await publish(architecture)
    await calibrateModel(model, TEXTS)
    const entry = await describeModel(join(folder, architecture), architecture, { name: `test/${architecture}` })
    expect(entry.files.map(({ path }) => path)).toContain('calibration.safetensors')
    addCustomModels([{ ...model, entry }])
    const cosine = await measureInt8Loss({ ...model, entry })
    removeCustomModel(entry.name)
    expect(cosine).toBeGreaterThan(LEAST_COSINE)
    expect(cosine).toBeLessThan(1)
  },
)

it('maxima are those of all texts together, and grow with them', async () => {
  const model = await publish('bert')
  addCustomModels([model])
  const opened = await openModel(model.entry.name)
  const [first, second, both] = [
    await measureMaxima(opened, TEXTS.slice(0, 1)),
    await measureMaxima(opened, TEXTS.slice(1, 2)),
    await measureMaxima(opened, TEXTS.slice(0, 2)),
  ]
  removeCustomModel(model.entry.name)
  expect(Object.keys(both)).toContain('0.qkv')
  for (const [name, { values }] of Object.entries(both)) {
    expect(values).toEqual(values.map((_, i) => Math.max(first[name]!.values[i]!, second[name]!.values[i]!)))
  }
})

it('an import says what int8 costs, with the texts given to it and without', async () => {
  const { modelsFolder, entry } = await publish('bert')
  const options = { name: 'test/int8', modelsFolder: join(folder, 'models') }
  const bare = await importModel(join(modelsFolder, entry.folder), options)
  const calibrated = await importModel(join(modelsFolder, entry.folder), { ...options, calibrationTexts: TEXTS })
  for (const { proof } of [bare, calibrated]) expect(proof.int8Cosine).toBeGreaterThan(LEAST_COSINE)
  expect(calibrated.entry.files).toHaveLength(bare.entry.files.length + 1)
})

it('an ONNX file has no int8 form, and says that a checkpoint is needed', async () => {
  const published = await writeTinyModel(folder, 'half')
  const options = { name: 'test/graph', modelsFolder: join(folder, 'models') }
  await expect(importModel(published, { ...options, calibrationTexts: TEXTS })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/ONNX file .*model\.safetensors/),
  })
})
