import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BertConfig, parseBertConfig } from '../../src/graph/bert-config.js'
import { type BertGraphOptions, buildBertGraph, type GraphOutput } from '../../src/graph/bert-encoder.js'
import { encodeSafetensors, openCheckpoint } from '../../src/graph/safetensors.js'
import { OnnxSession, type RunOutputs } from '../../src/onnx/session.js'
import { applyMap, encodeByReference, normalizeL2, poolMean } from './reference-bert.js'
import { createRandom, randomParameters, randomTensor, toConfigJson, writeCheckpoint } from './tiny-checkpoint.js'

/** Float32 against float64 through a few layers: unit vectors differ by a few units of the 7th digit. */
const TOLERANCE = 5e-6

const TINY: BertConfig = {
  hiddenSize: 32,
  layers: 2,
  heads: 4,
  intermediateSize: 64,
  vocabularySize: 50,
  maxPositions: 48,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
}
const ALL_OUTPUTS: readonly GraphOutput[] = ['sentence_embedding', 'token_embeddings', 'late_embeddings']

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-graph-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** Builds and runs a graph of random parameters on `texts`, rows of equal length. */
async function openTiny(config: BertConfig, options: Partial<BertGraphOptions> = {}, threads = 1) {
  const parameters = randomParameters(config, 7)
  const checkpoint = await openCheckpoint(await writeCheckpoint(folder, parameters))
  const random = createRandom(11)
  const head = { weight: randomTensor(random, [8, config.hiddenSize]), bias: randomTensor(random, [8], 0.1) }
  const base = { checkpoint, config, weightsFile: 'model.safetensors', pooling: 'mean' as const, head }
  const path = join(folder, 'graph.onnx')
  await writeFile(path, await buildBertGraph({ ...base, outputs: ALL_OUTPUTS, ...options }))
  return { session: await OnnxSession.open(path, threads), parameters, head }
}

function randomIds(batch: number, tokens: number, vocabulary: number): number[][] {
  const random = createRandom(batch * 1000 + tokens)
  return Array.from({ length: batch }, () => Array.from({ length: tokens }, () => Math.floor(random() * vocabulary)))
}

function run(session: OnnxSession, texts: readonly (readonly number[])[]): Promise<RunOutputs> {
  return session.run(Int32Array.from(texts.flat()), texts.length, texts[0]!.length)
}

function largestDifference(found: Float32Array, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length)
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]!)), 0)
}

describe('a graph built from a checkpoint', () => {
  it.each([
    { name: '2 layers of 4 heads', config: TINY },
    { name: '1 layer of 1 head', config: { ...TINY, layers: 1, heads: 1 } },
    {
      name: '3 layers, heads of 3 and an odd inner size',
      config: { ...TINY, layers: 3, hiddenSize: 24, heads: 8, intermediateSize: 37 },
    },
    { name: 'a larger epsilon', config: { ...TINY, layerNormEpsilon: 1e-3 } },
  ])('gives what a float64 forward pass gives: $name', async ({ config }) => {
    const { session, parameters, head } = await openTiny(config)
    for (const [batch, tokens] of [
      [1, 1],
      [1, 5],
      [3, 2],
      [2, 17],
      [1, config.maxPositions],
    ] as const) {
      const texts = randomIds(batch, tokens, config.vocabularySize)
      const outputs = await run(session, texts)
      const hidden = texts.map((ids) => encodeByReference(config, parameters, ids))
      const rows = hidden.map((text) => text.map(normalizeL2))
      const late = rows.map((text) => text.map((row) => normalizeL2(applyMap(head.weight, head.bias, row))))
      expect(outputs.sentence_embedding!.shape).toEqual([batch, config.hiddenSize])
      expect(outputs.token_embeddings!.shape).toEqual([batch, tokens, config.hiddenSize])
      expect(outputs.late_embeddings!.shape).toEqual([batch, tokens, 8])
      expect(largestDifference(outputs.sentence_embedding!.values, hidden.flatMap(poolMean))).toBeLessThan(TOLERANCE)
      expect(largestDifference(outputs.token_embeddings!.values, rows.flat(2))).toBeLessThan(TOLERANCE)
      expect(largestDifference(outputs.late_embeddings!.values, late.flat(2))).toBeLessThan(TOLERANCE)
    }
    await session.release()
  })

  it('pools by the [CLS] row when asked to', async () => {
    const { session, parameters } = await openTiny(TINY, { pooling: 'cls', outputs: ['sentence_embedding'] })
    const texts = randomIds(2, 6, TINY.vocabularySize)
    const outputs = await run(session, texts)
    const expected = texts.flatMap((ids) => normalizeL2(encodeByReference(TINY, parameters, ids)[0]!))
    expect(Object.keys(outputs)).toEqual(['sentence_embedding'])
    expect(largestDifference(outputs.sentence_embedding!.values, expected)).toBeLessThan(TOLERANCE)
    await session.release()
  })

  it('computes only the outputs asked for', async () => {
    for (const output of ALL_OUTPUTS) {
      const { session } = await openTiny(TINY, { outputs: [output] })
      expect(Object.keys(await run(session, [[1, 2, 3]]))).toEqual([output])
      await session.release()
    }
  })

  it('gives a text the same bits alone, in a batch, and with two threads', async () => {
    for (const tokens of [1, 3, 16, 47]) {
      const texts = randomIds(8, tokens, TINY.vocabularySize)
      const { session } = await openTiny(TINY)
      const together = await run(session, texts)
      const { session: threaded } = await openTiny(TINY, {}, 2)
      expect(await run(threaded, texts)).toEqual(together)
      for (const [i, text] of texts.entries()) {
        const alone = await run(session, [text])
        for (const output of ALL_OUTPUTS) {
          const size = alone[output]!.values.length
          expect(alone[output]!.values).toEqual(together[output]!.values.slice(i * size, (i + 1) * size))
        }
      }
      await session.release()
      await threaded.release()
    }
  })

  it('finds parameters under a prefix and under the old names of LayerNorm', async () => {
    const parameters = randomParameters(TINY, 7)
    const expected = poolMean(encodeByReference(TINY, parameters, [3, 1, 4]))
    const renames = [
      (name: string) => `bert.${name}`,
      (name: string) => `0.auto_model.${name}`,
      (name: string) =>
        `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`,
    ]
    for (const rename of renames) {
      const checkpoint = await openCheckpoint(await writeCheckpoint(folder, parameters, rename))
      const session = await openGraph({ checkpoint, config: TINY })
      const outputs = await run(session, [[3, 1, 4]])
      expect(largestDifference(outputs.sentence_embedding!.values, expected)).toBeLessThan(TOLERANCE)
      await session.release()
    }
  })

  it('is the same bytes each time it is built, a few thousand of them', async () => {
    const checkpoint = await openCheckpoint(await writeCheckpoint(folder, randomParameters(TINY, 7)))
    const build = () =>
      buildBertGraph({
        checkpoint,
        config: TINY,
        weightsFile: 'model.safetensors',
        outputs: ['sentence_embedding'],
        pooling: 'mean',
      })
    const bytes = await build()
    expect(await build()).toEqual(bytes)
    expect(bytes.length).toBeLessThan(15_000)
  })

  async function openGraph(options: Pick<BertGraphOptions, 'checkpoint' | 'config'>): Promise<OnnxSession> {
    const path = join(folder, 'graph.onnx')
    await writeFile(
      path,
      await buildBertGraph({
        ...options,
        weightsFile: 'model.safetensors',
        outputs: ['sentence_embedding'],
        pooling: 'mean',
      }),
    )
    return OnnxSession.open(path, 1)
  }
})

describe('a checkpoint that cannot be built', () => {
  const build = async (config: BertConfig = TINY) => {
    const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'))
    return buildBertGraph({
      checkpoint,
      config,
      weightsFile: 'model.safetensors',
      outputs: ['sentence_embedding'],
      pooling: 'mean',
    })
  }

  it('is refused when it holds no BERT', async () => {
    const gpt = { 'wte.weight': randomTensor(createRandom(1), [2, 2]) }
    await writeFile(join(folder, 'model.safetensors'), encodeSafetensors(gpt))
    await expect(build()).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED' })
  })

  it('is refused by the name of a missing parameter', async () => {
    const parameters = randomParameters(TINY, 7)
    delete parameters['encoder.layer.1.output.dense.bias']
    await writeCheckpoint(folder, parameters)
    await expect(build()).rejects.toThrow(/encoder\.layer\.1\.output\.dense\.bias/)
  })

  it('is refused when config.json states other sizes', async () => {
    await writeCheckpoint(folder, randomParameters(TINY, 7))
    await expect(build({ ...TINY, vocabularySize: 51 })).rejects.toThrow(/\[50,32\], config\.json says \[51,32\]/)
  })

  it('is refused when it is not float32', async () => {
    const bytes = Buffer.from(encodeSafetensors(randomParameters(TINY, 7)))
    const half = bytes.toString('latin1').replaceAll('"F32"', '"I32"')
    await writeFile(join(folder, 'model.safetensors'), Buffer.from(half, 'latin1'))
    await expect(build()).rejects.toMatchObject({
      code: 'CHECKPOINT_UNSUPPORTED',
      message: expect.stringContaining('I32'),
    })
  })

  it.each([
    ['model_type', 'gpt2'],
    ['hidden_act', 'relu'],
    ['position_embedding_type', 'relative_key'],
    ['is_decoder', true],
  ])('is refused when %s is %s', (key, value) => {
    expect(() => parseBertConfig({ ...toConfigJson(TINY), [key]: value })).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_UNSUPPORTED' }),
    )
  })

  it('is refused when a size is missing or heads do not divide the hidden size', () => {
    const { num_hidden_layers: _, ...rest } = toConfigJson(TINY)
    expect(() => parseBertConfig(rest)).toThrow(/num_hidden_layers/)
    expect(() => parseBertConfig({ ...toConfigJson(TINY), num_attention_heads: 5 })).toThrow(/multiple/)
    expect(parseBertConfig(toConfigJson(TINY))).toEqual(TINY)
  })
})
