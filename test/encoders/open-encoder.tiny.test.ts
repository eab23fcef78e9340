import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../src/encoders/models/add-custom-model.js'
import { type EncoderSpec, openEncoder, specForModel } from '../../src/encoders/open-encoder.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { denseAt } from '../../src/vectors.js'
import { describeEncoder } from './encoder.contract.js'
import { writeTinyModel } from './tiny-dense-models.js'

/** Float32 through two layers, computed in another order. */
const TOLERANCE = 1e-5
const TEXTS = ['Aspirin reduces fever and pain.', 'a', 'The quick brown fox jumps over the lazy dog']

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-tiny-'))
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  const bert = await writeTinyModel(folder, 'bert')
  await addCustomModel({ name: 'tiny/onnx', folder: bert, network: 'model.onnx' })
  await addCustomModel({ name: 'tiny/checkpoint', folder: bert, network: 'model.safetensors' })
  await addCustomModel({
    name: 'tiny/prefixed',
    folder: bert,
    network: 'model.safetensors',
    queryPrefix: 'quick brown ',
    passagePrefix: 'lazy ',
  })
  await addCustomModel({ name: 'tiny/quantized', folder: await writeTinyModel(folder, 'quantized') })
  await addCustomModel({ name: 'tiny/roberta', folder: await writeTinyModel(folder, 'roberta'), network: 'model.onnx' })
  await addCustomModel({ name: 'tiny/static', folder: await writeTinyModel(folder, 'static') })
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function vectorsOf(
  spec: EncoderSpec,
  side: 'document' | 'query' = 'document',
  texts = TEXTS,
): Promise<number[][]> {
  const encoder = await openEncoder(spec)
  const { dense } = await encoder.encode(texts, side)
  await encoder.close()
  return texts.map((_, i) => [...denseAt(dense!, i)])
}

function expectClose(found: readonly number[][], expected: readonly (readonly number[])[]): void {
  for (const [i, row] of expected.entries()) {
    expect(found[i]).toHaveLength(row.length)
    for (const [k, value] of row.entries()) expect(Math.abs(value - found[i]![k]!)).toBeLessThan(TOLERANCE)
  }
}

const normalize = (row: readonly number[]): number[] => row.map((value) => value / Math.hypot(...row))

describeEncoder('An ONNX file', { dense: 16 }, () => openEncoder({ dense: 'tiny/onnx' }))
describeEncoder('An ONNX file that quantizes dynamically', { dense: 16 }, () =>
  openEncoder({ dense: 'tiny/quantized' }),
)
describeEncoder('An ONNX file with a Unigram tokenizer', { dense: 16 }, () => openEncoder({ dense: 'tiny/roberta' }))
describeEncoder('A static model', { dense: 16, zeros: true }, () => openEncoder({ dense: 'tiny/static' }))

describe('options of a dense model', () => {
  it.each(['tiny/onnx', 'tiny/checkpoint', 'tiny/static'])(
    'cut the dimension and normalize again (%s)',
    async (dense) => {
      const whole = await vectorsOf({ dense })
      expectClose(
        await vectorsOf({ dense, dimensions: 5 }),
        whole.map((row) => normalize(row.slice(0, 5))),
      )
    },
  )

  it.each(['tiny/onnx', 'tiny/checkpoint'])('leave vectors as long as they are (%s)', async (dense) => {
    const raw = await vectorsOf({ dense, normalize: false })
    expect(Math.abs(Math.hypot(...raw[0]!) - 1)).toBeGreaterThan(0.01)
    expectClose(raw.map(normalize), await vectorsOf({ dense }))
  })

  it('change the pooling of a checkpoint as of an ONNX file', async () => {
    for (const pooling of ['cls', 'lastToken'] as const) {
      const expected = await vectorsOf({ dense: 'tiny/onnx', pooling })
      expectClose(await vectorsOf({ dense: 'tiny/checkpoint', pooling }), expected)
    }
  })

  it('put nothing before a text unless told to, then what the model was trained with', async () => {
    const dense = 'tiny/prefixed'
    expect(await vectorsOf({ dense })).toEqual(await vectorsOf({ dense: 'tiny/checkpoint' }))
    const prepended = (prefix: string) =>
      vectorsOf(
        { dense },
        'document',
        TEXTS.map((text) => prefix + text),
      )
    expect(await vectorsOf({ dense, prefixes: 'model' }, 'query')).toEqual(await prepended('quick brown '))
    expect(await vectorsOf({ dense, prefixes: 'model' })).toEqual(await prepended('lazy '))
    expect(await vectorsOf({ dense, prefixes: { query: 'fox ' } }, 'query')).toEqual(await prepended('fox '))
  })

  it.each([
    ['more floats than there are', { dimensions: 17 }, 'INVALID_OPTION'],
    ['a fraction of a float', { dimensions: 1.5 }, 'INVALID_OPTION'],
    ['an unknown pooling', { pooling: 'max' }, 'INVALID_OPTION'],
    ['tokens that nobody pools', { pooling: 'none' }, 'GRAPH_UNSUPPORTED'],
    ['prefixes of another form', { prefixes: { passages: 'x' } }, 'INVALID_OPTION'],
    ['a task that there is not', { task: 1 }, 'INVALID_OPTION'],
    ['int8 of an ONNX file', { precision: 'int8' }, 'INVALID_OPTION'],
    ['more tokens than positions', { maxTokens: 41 }, 'INVALID_OPTION'],
  ])('are refused: %s', async (_, options, code) => {
    await expect(vectorsOf({ dense: 'tiny/onnx', ...options } as EncoderSpec)).rejects.toMatchObject({ code })
  })
})

describe('a custom model', () => {
  it('is known to worker threads by its spec', async () => {
    await using pool = await EncoderPool.create({ workers: 1 })
    const spec = await specForModel('Tiny/ONNX')
    expect(spec.custom).toHaveLength(1)
    const { dense } = await pool.encoder(spec).encode(TEXTS, 'document')
    expect(TEXTS.map((_, i) => [...denseAt(dense!, i)])).toEqual(await vectorsOf({ dense: 'tiny/onnx' }))
  })

  it('is refused under a name that is taken, by a name that is empty, and without files', async () => {
    const bert = join(folder, 'bert')
    await expect(addCustomModel({ name: 'TINY/onnx', folder: bert })).rejects.toMatchObject({ code: 'MODEL_EXISTS' })
    await expect(addCustomModel({ name: 'qdrant/BM25', folder: bert, kind: 'dense' })).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
    })
    await expect(addCustomModel({ name: ' ', folder: bert })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(addCustomModel({ name: 'tiny/none', folder })).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' })
    const typo = { name: 'tiny/typo', folder: bert, poling: 'cls' }
    await expect(addCustomModel(typo)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })
})
