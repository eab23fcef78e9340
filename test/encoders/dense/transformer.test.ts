import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TransformerEncoder } from '../../../src/encoders/dense/transformer.js'
import type { TransformerEncoderOptions } from '../../../src/encoders/dense/transformer-options.js'
import { BUNDLED_MODELS_FOLDER } from '../../../src/onnx/models-folders.js'
import { denseAt } from '../../../src/vectors.js'
import { describeEncoder } from '../encoder.contract.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'

describeEncoder('MiniLM (dense)', { dense: 384 }, () => TransformerEncoder.open({ dense: DENSE }))
describeEncoder('MiniLM (dense and late)', { dense: 384, late: 128 }, () =>
  TransformerEncoder.open({ dense: DENSE, late: LATE }),
)
describeEncoder('MiniLM in int8 (dense and late)', { dense: 384, late: 128 }, () =>
  TransformerEncoder.open({ dense: DENSE, late: LATE, precision: 'int8' }),
)

const PRECISIONS = ['fp32', 'int8'] as const

/** Texts of a sentence and more; a text of two or three tokens is less exact (docs/adr/0005-int8.md). */
const LEAST_INT8_COSINE = 0.995

/** Mean over the rows of multivectors, whose projection to 128 dimensions enlarges small directions. */
const LEAST_LATE_COSINE = 0.99

const LONG = Array.from({ length: 300 }, (_, i) => `word${i}`).join(' ')

async function withEncoder<T>(
  options: TransformerEncoderOptions,
  use: (encoder: TransformerEncoder) => Promise<T>,
): Promise<T> {
  const encoder = await TransformerEncoder.open(options)
  try {
    return await use(encoder)
  } finally {
    await encoder.close()
  }
}

describe('the transformer encoder', () => {
  it.each(PRECISIONS)(
    'gives the same bits with two threads, for texts from 2 to 512 tokens (%s)',
    async (precision) => {
      const texts = ['', 'one', 'two words', LONG.slice(0, 200), LONG.slice(0, 900), LONG, LONG.repeat(3)]
      const encode = (threads: number) =>
        withEncoder({ dense: DENSE, late: LATE, precision, threads, maxTokens: 512 }, (encoder) =>
          encoder.encode(texts, 'document'),
        )
      expect(await encode(2)).toEqual(await encode(1))
    },
  )

  it.each(PRECISIONS)('gives the same bits for equally long texts together and apart (%s)', async (precision) => {
    await withEncoder({ dense: DENSE, late: LATE, precision }, async (encoder) => {
      for (const words of [1, 6, 14, 30, 62, 126]) {
        const texts = Array.from({ length: 9 }, (_, i) => `${'fever '.repeat(words - 1)}${'abcdefghi'[i]}`)
        const together = await encoder.encode(texts, 'document')
        expect(new Set(together.tokens)).toEqual(new Set([words + 2]))
        for (const [i, text] of texts.entries()) {
          const alone = await encoder.encode([text], 'document')
          expect(alone.dense!.values).toEqual(together.dense!.values.slice(i * 384, (i + 1) * 384))
          const row = (words + 2) * 128
          expect(alone.late!.values).toEqual(together.late!.values.slice(i * row, (i + 1) * row))
        }
      }
    })
  })

  it('gives the same dense vectors with and without late interaction, and the same rows without dense vectors', async () => {
    const texts = ['Aspirin reduces fever.', LONG]
    const both = await withEncoder({ dense: DENSE, late: LATE }, (encoder) => encoder.encode(texts, 'document'))
    const dense = await withEncoder({ dense: DENSE }, (encoder) => encoder.encode(texts, 'document'))
    const late = await withEncoder({ late: LATE }, (encoder) => encoder.encode(texts, 'document'))
    expect(dense.dense).toEqual(both.dense)
    expect(late.late).toEqual(both.late)
    expect(late.dense).toBeUndefined()
  })

  it('gives nearly the same dense vectors and token embeddings in int8', async () => {
    const texts = ['What is relapsing polychondritis?', 'Aspirin reduces fever.', LONG.slice(0, 900)]
    const [float, int8] = await Promise.all(
      PRECISIONS.map((precision) =>
        withEncoder({ dense: DENSE, late: LATE, precision }, (encoder) => encoder.encode(texts, 'document')),
      ),
    )
    expect(float!.late!.offsets).toEqual(int8!.late!.offsets)
    for (let i = 0; i < texts.length; i++) {
      const cosine = dotProduct(denseAt(float!.dense!, i), denseAt(int8!.dense!, i))
      expect(cosine).toBeGreaterThan(LEAST_INT8_COSINE)
      expect(cosine).toBeLessThan(1)
    }
    const rows = float!.late!.values.length / 128
    const agreement = dotProduct(float!.late!.values, int8!.late!.values) / rows
    expect(agreement).toBeGreaterThan(LEAST_LATE_COSINE)
  })

  it('cuts a text at maxTokens and counts what was lost', async () => {
    const cut = await withEncoder({ dense: DENSE, maxTokens: 16 }, (encoder) =>
      encoder.encode([LONG, 'short'], 'document'),
    )
    const whole = await withEncoder({ dense: DENSE, maxTokens: 512 }, (encoder) => encoder.encode([LONG], 'document'))
    expect([...cut.tokens]).toEqual([16, 3])
    expect(cut.cutTokens[0]! + 16).toBe(whole.cutTokens[0]! + whole.tokens[0]!)
    expect(cut.cutTokens[1]).toBe(0)
  })

  it('cuts at 256 tokens unless told otherwise', async () => {
    const batch = await withEncoder({ late: LATE }, (encoder) => encoder.encode([LONG], 'document'))
    expect(batch.tokens[0]).toBe(256)
  })

  it('stops between two runs, not before the first', async () => {
    await withEncoder({ dense: DENSE }, async (encoder) => {
      let asked = 0
      const shouldStop = () => ++asked > 2
      await expect(encoder.encode(['a', 'b c', 'd e f'], 'document', { shouldStop })).rejects.toMatchObject({
        name: 'WorkerError',
        code: 'CANCELLED',
      })
      expect(asked).toBe(3)
    })
  })

  it.each([
    ['no model', {}, 'INVALID_OPTION'],
    ['an unknown model', { dense: 'no/such-model' }, 'UNKNOWN_MODEL'],
    ['a sparse model for dense vectors', { dense: 'Qdrant/bm25' }, 'MODEL_NOT_SUITABLE'],
    ['a late-interaction model for dense vectors', { dense: LATE }, 'MODEL_NOT_SUITABLE'],
    ['a dense model for late interaction', { late: DENSE }, 'MODEL_NOT_SUITABLE'],
    ['no room for a token', { dense: DENSE, maxTokens: 2 }, 'INVALID_OPTION'],
    ['more tokens than positions', { dense: DENSE, maxTokens: 513 }, 'INVALID_OPTION'],
    ['half a thread', { dense: DENSE, threads: 0.5 }, 'INVALID_OPTION'],
    ['an unknown precision', { dense: DENSE, precision: 'fp4' }, 'INVALID_OPTION'],
    ['a typo', { dense: DENSE, maxToken: 16 }, 'UNKNOWN_OPTION'],
  ])('is not opened with %s', async (_, options, code) => {
    await expect(TransformerEncoder.open(options as TransformerEncoderOptions)).rejects.toMatchObject({
      name: 'InputError',
      code,
    })
  })
})

describe('a model folder of its own', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offgrid-encoder-'))
    await cp(BUNDLED_MODELS_FOLDER, folder, { recursive: true, filter: (path) => !path.includes('.onnx') })
    vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  it('serves two encoders opened at once, with one graph file', async () => {
    const options = { dense: DENSE, modelsFolder: folder }
    const encoders = await Promise.all([TransformerEncoder.open(options), TransformerEncoder.open(options)])
    const [a, b] = await Promise.all(encoders.map((encoder) => encoder.encode(['fever'], 'query')))
    expect(a).toEqual(b)
    await Promise.all(encoders.map((encoder) => encoder.close()))
    expect(await listGraphs()).toHaveLength(1)
  })

  it('builds a graph file anew that does not open', async () => {
    const options = { dense: DENSE, modelsFolder: folder }
    const expected = await withEncoder(options, (encoder) => encoder.encode(['fever'], 'query'))
    const [graph] = await listGraphs()
    await writeFile(graph!, (await readFile(graph!)).subarray(0, 1000))
    expect(await withEncoder(options, (encoder) => encoder.encode(['fever'], 'query'))).toEqual(expected)
  })

  it('has a graph file for each precision, and for int8 with and without a calibration', async () => {
    const options = { dense: DENSE, modelsFolder: folder, precision: 'int8' } as const
    const encode = (precision: 'fp32' | 'int8') =>
      withEncoder({ ...options, precision }, (encoder) => encoder.encode(['fever and chills'], 'query'))
    const exact = denseAt((await encode('fp32')).dense!, 0)
    const calibrated = denseAt((await encode('int8')).dense!, 0)
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
    const [model] = manifest.models
    model.files = model.files.filter(({ path }: { path: string }) => path !== 'calibration.safetensors')
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    const plain = denseAt((await encode('int8')).dense!, 0)
    expect(await listGraphs()).toHaveLength(3)
    expect(plain).not.toEqual(calibrated)
    for (const vector of [calibrated, plain]) expect(dotProduct(vector, exact)).toBeGreaterThan(0.98)
  })

  it('is refused when the checkpoint is damaged', async () => {
    const path = join(folder, 'all-MiniLM-L6-v2', 'model.safetensors')
    const bytes = await readFile(path)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path, bytes)
    await expect(TransformerEncoder.open({ dense: DENSE, modelsFolder: folder })).rejects.toMatchObject({
      name: 'ModelError',
      code: 'MODEL_FILE_CORRUPT',
    })
  })

  async function listGraphs(): Promise<string[]> {
    const model = join(folder, 'all-MiniLM-L6-v2')
    return (await readdir(model))
      .filter((name) => !/\.(json|safetensors|sha256)$/.test(name))
      .map((name) => join(model, name))
  }
})

function dotProduct(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0)
}
