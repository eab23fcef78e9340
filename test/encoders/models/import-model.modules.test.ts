import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TransformerEncoder } from '../../../src/encoders/dense/transformer.js'
import { ColbertEncoder } from '../../../src/encoders/late/colbert.js'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { importModel } from '../../../src/encoders/models/import-model.js'

const FIXTURES = fileURLToPath(new URL('../../parity/fixtures/architectures', import.meta.url))
const MODULE_LISTS = ['mean-dense-normalize', 'mean-tanh', 'cls-dense', 'normalize-dense', 'two-dense']
/** Float32 of another library. */
const TOLERANCE = 1e-5

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-modules-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A published folder: an encoder's files, with a module list laid over them. */
function publish(encoder: string, modules?: string): string {
  const published = join(folder, 'published')
  cpSync(join(FIXTURES, 'bert'), published, { recursive: true })
  cpSync(join(FIXTURES, encoder), published, { recursive: true })
  if (modules !== undefined) cpSync(join(FIXTURES, 'modules', modules), published, { recursive: true })
  return published
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const change = (path: string, changes: object) => writeFileSync(path, JSON.stringify({ ...json(path), ...changes }))

describe('a checkpoint with a module list', () => {
  test.each(MODULE_LISTS)(
    'is imported and gives the vectors of sentence-transformers on both sides: %s',
    async (name) => {
      const modelsFolder = join(folder, 'models')
      const { entry } = await importModel(publish('bert', name), { name: `test/${name}`, modelsFolder })
      const { texts, query, document } = json(join(FIXTURES, 'modules', name, 'expected.json'))
      expect(entry).toMatchObject({ dimension: document[0].length, queryPrefix: 'w20 w21 ', kind: 'dense' })
      const encoder = await TransformerEncoder.open({ dense: entry.name, prefixes: 'model', modelsFolder })
      for (const [side, expected] of [
        ['query', query],
        ['document', document],
      ] as const) {
        const { dense } = await encoder.encode(texts, side)
        const off = (expected as number[][]).flat().map((value, i) => Math.abs(dense!.values[i]! - value))
        expect(Math.max(...off), side).toBeLessThan(TOLERANCE)
      }
      await encoder.close()
    },
  )

  test('that has something unknown in it is refused by its name', async () => {
    const published = publish('bert', 'mean-tanh')
    const modules = json(join(published, 'modules.json'))
    const with_ = (module: object) =>
      writeFileSync(join(published, 'modules.json'), JSON.stringify([...modules, module]))
    with_({ idx: 3, name: '3', path: '3_LSTM', type: 'sentence_transformers.models.LSTM' })
    await expect(describeModel(published, 'x', { name: 'test/x' })).rejects.toThrow(/modules.json has LSTM \(3_LSTM\)/)
    with_({ idx: 3, name: '3', path: '../2_Dense', type: 'sentence_transformers.models.Dense' })
    await expect(describeModel(published, 'x', { name: 'test/x' })).rejects.toThrow(
      /"..\/2_Dense" of a dense layer is no folder/,
    )
    writeFileSync(join(published, 'modules.json'), JSON.stringify(modules))
    change(join(published, '2_Dense', 'config.json'), { activation_function: 'torch.nn.modules.activation.Softmax' })
    await expect(describeModel(published, 'x', { name: 'test/x' })).rejects.toThrow(
      /activation_function is "torch.nn.*Softmax"/,
    )
  })

  test('is not taken for whole when a layer of it is missing or changed', async () => {
    const published = publish('bert', 'mean-tanh')
    const modelsFolder = join(folder, 'models')
    const { entry } = await importModel(published, { name: 'test/whole', modelsFolder })
    expect(entry.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['2_Dense/config.json', '2_Dense/model.safetensors', 'modules.json']),
    )
    rmSync(join(published, '2_Dense', 'model.safetensors'))
    await expect(importModel(published, { name: 'test/part', modelsFolder })).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
    })
  })
})

describe('a checkpoint of another architecture', () => {
  test.each(['modernbert', 'nomic', 'gte-types-ntk', 'mpnet'])(
    'is imported with its longest text and encodes: %s',
    async (name) => {
      const modelsFolder = join(folder, 'models')
      const { entry } = await importModel(publish(name), { name: `test/${name}`, modelsFolder })
      expect(entry).toMatchObject({ dimension: 16, maxTokens: 640, pooling: 'mean' })
      for (const precision of ['fp32', 'int8'] as const) {
        const encoder = await TransformerEncoder.open({ dense: entry.name, precision, modelsFolder })
        const texts = ['w7 w8 w9', 'w10', 'w7 w8 w9']
        const { dense } = await encoder.encode(texts, 'document')
        expect(dense!.values.slice(32)).toEqual(dense!.values.slice(0, 16))
        await encoder.close()
      }
    },
  )

  test('with layers over its tokens is a late-interaction model with the settings that PyLate wrote', async () => {
    const published = publish('modernbert')
    cpSync(join(FIXTURES, 'modules', 'two-dense', '2_Dense'), join(published, '1_Dense'), { recursive: true })
    cpSync(join(FIXTURES, 'modules', 'two-dense', '3_Dense'), join(published, '2_Dense'), { recursive: true })
    for (const module of ['1_Dense', '2_Dense']) {
      change(join(published, module, 'config.json'), { module_input_name: undefined, module_output_name: undefined })
    }
    const dense = (idx: number) => ({ idx, name: `${idx}`, path: `${idx}_Dense`, type: 'pylate.models.Dense.Dense' })
    const transformer = { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }
    writeFileSync(join(published, 'modules.json'), JSON.stringify([transformer, dense(1), dense(2)]))
    const settings = {
      query_prefix: 'w20',
      document_prefix: 'w21',
      query_length: 8,
      document_length: 40,
      skiplist_words: [],
    }
    writeFileSync(join(published, 'config_sentence_transformers.json'), JSON.stringify(settings))
    const modelsFolder = join(folder, 'models')
    const { entry } = await importModel(published, { name: 'test/late', modelsFolder })
    expect(entry).toMatchObject({
      kind: 'late',
      architecture: 'colbert',
      dimension: 16,
      maxTokens: 40,
      steps: ['1_Dense', '2_Dense'],
      settings: { queryMarker: 'w20', documentMarker: 'w21', queryTokens: 8, skipPunctuation: false, skipTokens: [] },
    })
    const encoder = await ColbertEncoder.open({ model: entry.name, modelsFolder })
    const { late } = await encoder.encode(['w7 w8 w9', 'w10 w11'], 'document')
    expect([...late!.offsets]).toEqual([0, 6, 11])
    const norm = Math.hypot(...late!.values.subarray(0, 16))
    expect(norm).toBeCloseTo(1, 5)
    await encoder.close()
  })
})
