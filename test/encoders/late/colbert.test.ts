import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Side } from '../../../src/encoders/encoder.js'
import { ColbertEncoder, type ColbertEncoderOptions } from '../../../src/encoders/late/colbert.js'
import type { ModelEntry } from '../../../src/onnx/manifest.js'
import { multivectorAt } from '../../../src/vectors.js'
import { describeEncoder } from '../encoder.contract.js'
import { writeTinyColberts } from '../tiny-colbert.js'

const COLBERT = 'colbert-ir/colbertv2.0'
const JINA = 'jinaai/jina-colbert-v2'
const LATEON = 'lightonai/LateOn'
const DIMENSION = 16

/** The same sums in another order: float32 through two layers. */
const FORMS_TOLERANCE = 1e-5

/** Mean over the rows of a random network, which rounding moves more than a trained one. */
const LEAST_INT8_COSINE = 0.99

const LONG = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ')
const TEXTS = ['What is relapsing polychondritis?', '', 'a, b & c!', LONG]

const root = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
const checkpoint = join(root, 'checkpoint')
const onnx = join(root, 'onnx')

beforeAll(async () => {
  vi.stubEnv('OFFGRID_CACHE', join(root, 'cache'))
  await writeTinyColberts(checkpoint, 'checkpoint')
  await writeTinyColberts(onnx, 'onnx')
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

const expected = { late: DIMENSION }
const open = (options: Partial<ColbertEncoderOptions> = {}) =>
  ColbertEncoder.open({ model: COLBERT, modelsFolder: checkpoint, ...options })

describeEncoder('ColBERT from its checkpoint', expected, () => open())
describeEncoder('ColBERT from its checkpoint in int8', expected, () => open({ precision: 'int8' }))
describeEncoder('ColBERT from an ONNX file', expected, () => open({ modelsFolder: onnx }))
describeEncoder('ColBERT that attends to its masks', expected, () => open({ model: JINA }))
describeEncoder('ColBERT without query expansion', expected, () => open({ model: LATEON, modelsFolder: onnx }))

async function encode(options: Partial<ColbertEncoderOptions>, texts: readonly string[], side: Side) {
  const encoder = await open(options)
  try {
    return await encoder.encode(texts, side)
  } finally {
    await encoder.close()
  }
}

describe('the ColBERT encoder', () => {
  it.each(['document', 'query'] as const)(
    'gives equal rows from a checkpoint and from an ONNX file (%s)',
    async (side) => {
      for (const model of [COLBERT, JINA, LATEON]) {
        const built = await encode({ model }, TEXTS, side)
        const exported = await encode({ model, modelsFolder: onnx }, TEXTS, side)
        expect(exported.late!.offsets).toEqual(built.late!.offsets)
        const worst = built.late!.values.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - exported.late!.values[i]!)),
          0,
        )
        expect(worst).toBeLessThan(FORMS_TOLERANCE)
      }
    },
  )

  it('gives the same bits with two threads', async () => {
    for (const side of ['document', 'query'] as const) {
      expect(await encode({ threads: 2 }, TEXTS, side)).toEqual(await encode({}, TEXTS, side))
    }
  })

  it('gives nearly the same rows in int8', async () => {
    const [float, int8] = await Promise.all(
      (['fp32', 'int8'] as const).map((precision) => encode({ precision }, TEXTS, 'document')),
    )
    expect(int8!.late!.offsets).toEqual(float!.late!.offsets)
    const total = float!.late!.values.reduce((sum, value, i) => sum + value * int8!.late!.values[i]!, 0)
    const cosine = total / (float!.late!.values.length / DIMENSION)
    expect(cosine).toBeGreaterThan(LEAST_INT8_COSINE)
    expect(cosine).toBeLessThan(1)
  })

  it('gives a query at least 32 rows, a document a row for each token that is no punctuation', async () => {
    const texts = ['hello world', 'hello, world!']
    const [queries, documents] = [await encode({}, texts, 'query'), await encode({}, texts, 'document')]
    expect([...queries.late!.offsets]).toEqual([0, 32, 64])
    expect([...queries.tokens]).toEqual([5, 7])
    expect([...documents.late!.offsets]).toEqual([0, 5, 10])
    expect([...documents.tokens]).toEqual([5, 7])
  })

  it('does not let the masks of a query change the rows of its text', async () => {
    const expanded = await encode({}, ['hello world'], 'query')
    const plain = await encode({ model: LATEON }, ['hello world'], 'query')
    const rows = plain.late!.values
    const worst = rows.reduce((most, value, i) => Math.max(most, Math.abs(value - expanded.late!.values[i]!)), 0)
    expect(worst).toBeLessThan(FORMS_TOLERANCE)
  })

  it('does not cut a query at 32 tokens', async () => {
    const { late, tokens } = await encode({}, [LONG], 'query')
    expect(multivectorAt(late!, 0).rows).toBe(40)
    expect([...tokens]).toEqual([40])
  })

  it('cuts a text at maxTokens, its marker included, and counts what was lost', async () => {
    const cut = await encode({ maxTokens: 12 }, [LONG, 'short'], 'document')
    const whole = await encode({}, [LONG], 'document')
    expect([...cut.tokens]).toEqual([12, 4])
    expect(cut.cutTokens[0]! + 12).toBe(whole.cutTokens[0]! + whole.tokens[0]!)
    expect(cut.cutTokens[1]).toBe(0)
  })

  it.each([
    ['an unknown model', { model: 'no/such-model' }, 'InputError', 'UNKNOWN_MODEL'],
    ['a sparse model', { model: 'Qdrant/bm25' }, 'InputError', 'MODEL_NOT_SUITABLE'],
    ['a projection of another model', { model: 'offgrid/all-MiniLM-L6-v2-late' }, 'InputError', 'MODEL_NOT_SUITABLE'],
    ['no room for a token', { maxTokens: 3 }, 'InputError', 'INVALID_OPTION'],
    ['more tokens than positions', { maxTokens: 65 }, 'InputError', 'INVALID_OPTION'],
    ['int8 of an ONNX file', { modelsFolder: onnx, precision: 'int8' }, 'InputError', 'INVALID_OPTION'],
    ['half a thread', { threads: 0.5 }, 'InputError', 'INVALID_OPTION'],
    ['an unknown precision', { precision: 'fp4' }, 'InputError', 'INVALID_OPTION'],
    ['a typo', { maxToken: 16 }, 'InputError', 'UNKNOWN_OPTION'],
  ])('is not opened with %s', async (_, options, name, code) => {
    await expect(open(options as Partial<ColbertEncoderOptions>)).rejects.toMatchObject({ name, code })
  })

  it.each([
    [
      'a marker that is not in the vocabulary',
      { settings: { queryMarker: '[Q]' } },
      'TOKENIZER_UNSUPPORTED',
      /"\[Q\]"/,
    ],
    ['an unknown setting', { settings: { marker: 1 } }, 'MANIFEST_INVALID', /unknown setting "marker"/],
    [
      'another dimension than the checkpoint has',
      { dimension: 8 },
      'CHECKPOINT_UNSUPPORTED',
      /linear\.weight.*\[16,32\]/,
    ],
  ])('is not opened with %s in the manifest', async (_, changes, code, message) => {
    await expect(openChanged(checkpoint, changes)).rejects.toMatchObject({
      name: 'ModelError',
      code,
      message: expect.stringMatching(message),
    })
  })

  it('says so when an ONNX file has rows of another dimension than the manifest', async () => {
    const encoder = await openChanged(onnx, { dimension: 8 })
    await expect(encoder.encode(['a'], 'query')).rejects.toMatchObject({
      code: 'GRAPH_UNSUPPORTED',
      message: expect.stringContaining('[1,32,16]'),
    })
    await encoder.close()
  })
})

/** Opens the model after a change of its entry; the manifest is put back. */
async function openChanged(modelsFolder: string, changes: Partial<ModelEntry>): Promise<ColbertEncoder> {
  const path = join(modelsFolder, 'manifest.json')
  const original = await readFile(path, 'utf8')
  const manifest = JSON.parse(original) as { models: ModelEntry[] }
  manifest.models = manifest.models.map((entry) => (entry.name === COLBERT ? { ...entry, ...changes } : entry))
  await writeFile(path, JSON.stringify(manifest))
  try {
    return await open({ modelsFolder })
  } finally {
    await writeFile(path, original)
  }
}
