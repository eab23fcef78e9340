import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BertConfig, parseBertConfig } from '../../../src/graph/architectures/bert-config.js'
import { buildEncoderGraph, type EncoderGraphOptions } from '../../../src/graph/encoder-graph.js'
import type { GraphOutput } from '../../../src/graph/graph-output.js'
import { encodeSafetensors, openCheckpoint } from '../../../src/graph/safetensors.js'
import { OnnxSession, type RunOutputs } from '../../../src/onnx/session.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { applyMap, encodeByReference, normalizeL2, poolMean } from '../reference-bert.js'
import { randomParameters, randomTensor, toConfigJson, writeCheckpoint } from '../tiny-checkpoint.js'

/** Float32 against float64 through a few layers: unit vectors differ by a few units of the 7th digit. */
const TOLERANCE = 5e-6
/** Hidden states are up to ten times as large as the values of a unit vector. */
const HIDDEN_TOLERANCE = 10 * TOLERANCE

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
async function openTiny(config: BertConfig, options: Partial<EncoderGraphOptions> = {}, threads = 1) {
  const parameters = randomParameters(config, 7)
  const checkpoint = await openCheckpoint(await writeCheckpoint(folder, parameters))
  const random = randomNumbers(11)
  const head = { weight: randomTensor(random, [8, config.hiddenSize]), bias: randomTensor(random, [8], 0.1) }
  const base = { checkpoint, config, weightsFile: 'model.safetensors', pooling: 'mean' as const, head }
  const path = join(folder, 'graph.onnx')
  await writeFile(path, await buildEncoderGraph({ ...base, outputs: ALL_OUTPUTS, ...options }))
  return { session: await OnnxSession.open(path, threads), parameters, head }
}

function randomIds(batch: number, tokens: number, vocabulary: number): number[][] {
  const random = randomNumbers(batch * 1000 + tokens)
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

  it('gives the last hidden state as it is, not normalized', async () => {
    const { session, parameters } = await openTiny(TINY, { outputs: ['last_hidden_state'] })
    const texts = randomIds(2, 5, TINY.vocabularySize)
    const outputs = await run(session, texts)
    const expected = texts.flatMap((ids) => encodeByReference(TINY, parameters, ids).flat())
    expect(outputs.last_hidden_state!.shape).toEqual([2, 5, TINY.hiddenSize])
    expect(largestDifference(outputs.last_hidden_state!.values, expected)).toBeLessThan(HIDDEN_TOLERANCE)
    await session.release()
  })

  it('pays no attention to tokens that are masked out', async () => {
    const { session, parameters } = await openTiny(TINY, { outputs: ['last_hidden_state'], maskInput: true })
    const [text] = randomIds(1, 7, TINY.vocabularySize)
    const attentionMask = Int32Array.of(1, 1, 1, 1, 0, 0, 0)
    const outputs = await session.run(Int32Array.from(text!), 1, 7, { attentionMask })
    const attended = encodeByReference(TINY, parameters, text!.slice(0, 4)).flat()
    const found = outputs.last_hidden_state!.values.subarray(0, attended.length)
    expect(largestDifference(found, attended)).toBeLessThan(HIDDEN_TOLERANCE)
    await session.release()
  })

  it('takes token types where it is told to, and a mask of ones where none is given', async () => {
    const options = { outputs: ['last_hidden_state' as const], maskInput: true, typeInput: true }
    const { session, parameters } = await openTiny(TINY, options)
    const [text] = randomIds(1, 6, TINY.vocabularySize)
    const types = [0, 0, 0, 1, 1, 1]
    const tokenTypeIds = Int32Array.from(types)
    const outputs = await session.run(Int32Array.from(text!), 1, 6, { tokenTypeIds })
    const expected = encodeByReference(TINY, parameters, text!, types).flat()
    expect(largestDifference(outputs.last_hidden_state!.values, expected)).toBeLessThan(HIDDEN_TOLERANCE)
    await session.release()
  })

  it('counts the positions of a RoBERTa checkpoint from its offset', async () => {
    const config = parseBertConfig({ ...toConfigJson(TINY), model_type: 'xlm-roberta', pad_token_id: 1 })
    expect(config).toEqual({ ...TINY, maxPositions: TINY.maxPositions - 2, positionOffset: 2 })
    const { session, parameters } = await openTiny(config)
    for (const tokens of [1, 9, config.maxPositions]) {
      const texts = randomIds(2, tokens, config.vocabularySize)
      const outputs = await run(session, texts)
      const expected = texts.flatMap((ids) => poolMean(encodeByReference(config, parameters, ids)))
      expect(largestDifference(outputs.sentence_embedding!.values, expected)).toBeLessThan(TOLERANCE)
    }
    await session.release()
  })

  it('runs a DistilBERT checkpoint, which has no token types and names of its own', async () => {
    const config = parseBertConfig({
      model_type: 'distilbert',
      activation: 'gelu',
      dim: TINY.hiddenSize,
      n_layers: TINY.layers,
      n_heads: TINY.heads,
      hidden_dim: TINY.intermediateSize,
      vocab_size: TINY.vocabularySize,
      max_position_embeddings: TINY.maxPositions,
    })
    const parameters = randomParameters(config, 7)
    const checkpoint = await openCheckpoint(await writeCheckpoint(folder, parameters, toDistilbertName))
    const session = await openGraph({ checkpoint, config })
    const texts = randomIds(2, 8, config.vocabularySize)
    const expected = texts.flatMap((ids) => poolMean(encodeByReference(config, parameters, ids)))
    expect(largestDifference((await run(session, texts)).sentence_embedding!.values, expected)).toBeLessThan(TOLERANCE)
    await session.release()
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
      buildEncoderGraph({
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

  async function openGraph(options: Pick<EncoderGraphOptions, 'checkpoint' | 'config'>): Promise<OnnxSession> {
    const path = join(folder, 'graph.onnx')
    await writeFile(
      path,
      await buildEncoderGraph({
        ...options,
        weightsFile: 'model.safetensors',
        outputs: ['sentence_embedding'],
        pooling: 'mean',
      }),
    )
    return OnnxSession.open(path, 1)
  }
})

function toDistilbertName(name: string): string {
  return `distilbert.${name
    .replace('encoder.layer', 'transformer.layer')
    .replace('attention.self.query', 'attention.q_lin')
    .replace('attention.self.key', 'attention.k_lin')
    .replace('attention.self.value', 'attention.v_lin')
    .replace('attention.output.dense', 'attention.out_lin')
    .replace('attention.output.LayerNorm', 'sa_layer_norm')
    .replace('intermediate.dense', 'ffn.lin1')
    .replace(/(layer\.\d+)\.output\.dense/, '$1.ffn.lin2')
    .replace(/(layer\.\d+)\.output\.LayerNorm/, '$1.output_layer_norm')}`
}

describe('a checkpoint that cannot be built', () => {
  const build = async (config: BertConfig = TINY) => {
    const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'))
    return buildEncoderGraph({
      checkpoint,
      config,
      weightsFile: 'model.safetensors',
      outputs: ['sentence_embedding'],
      pooling: 'mean',
    })
  }

  it('is refused when it holds no BERT', async () => {
    const gpt = { 'wte.weight': randomTensor(randomNumbers(1), [2, 2]) }
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
