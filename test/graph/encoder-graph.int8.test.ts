import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BertConfig } from '../../src/graph/architectures/bert-config.js'
import { readCalibration } from '../../src/graph/calibration.js'
import { buildEncoderGraph } from '../../src/graph/encoder-graph.js'
import type { GraphOutput } from '../../src/graph/graph-output.js'
import type { ChannelMaxima } from '../../src/graph/int8-linear.js'
import type { Precision } from '../../src/graph/precision.js'
import { encodeSafetensors, type FloatTensor, openCheckpoint } from '../../src/graph/safetensors.js'
import { OnnxSession, type RunOutputs } from '../../src/onnx/session.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { randomParameters, randomTensor, writeCheckpoint } from './tiny-checkpoint.js'

const CONFIG: BertConfig = {
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  intermediateSize: 96,
  vocabularySize: 50,
  maxPositions: 48,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
}

/** What 7-bit activations and 8-bit weights leave of random layers' directions. */
const LEAST_COSINE = 0.995

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-int8-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('an int8 graph', () => {
  it('gives nearly the vectors of float32, with a calibration and without', async () => {
    const texts = randomIds(4, 12)
    const float = await runGraph('fp32', texts)
    const cosines = async (maxima?: ChannelMaxima): Promise<number[]> => {
      const { values } = (await runGraph('int8', texts, { maxima })).sentence_embedding!
      return texts.map((_, i) => dot(rowAt(values, i), rowAt(float.sentence_embedding!.values, i)))
    }
    for (const cosine of await cosines()) expect(cosine).toBeGreaterThan(LEAST_COSINE)
    for (const cosine of await cosines(await measureMaxima(texts))) expect(cosine).toBeGreaterThan(LEAST_COSINE)
  })

  it('gives a text the same bits alone, in a batch of any size, and with two threads', async () => {
    const maxima = await measureMaxima(randomIds(4, 12))
    const session = await openGraph('int8', { maxima })
    const threaded = await openGraph('int8', { maxima, threads: 2 })
    for (const tokens of [1, 3, 16, 47]) {
      const texts = randomIds(8, tokens)
      const together = await run(session, texts)
      expect(await run(threaded, texts)).toEqual(together)
      for (const size of [1, 3]) {
        for (let i = 0; i + size <= texts.length; i += size) {
          const apart = await run(session, texts.slice(i, i + size))
          for (const output of ['sentence_embedding', 'token_embeddings']) {
            const width = apart[output]!.values.length / size
            expect(apart[output]!.values).toEqual(together[output]!.values.slice(i * width, (i + size) * width))
          }
        }
      }
    }
    await session.release()
    await threaded.release()
  })

  it('is the same bytes each time it is built', async () => {
    await writeCheckpoint(folder, randomParameters(CONFIG, 7))
    expect(await build('int8')).toEqual(await build('int8'))
  })

  it('gives the largest magnitudes of the channels that it smooths when asked to', async () => {
    const maxima = await measureMaxima(randomIds(2, 9))
    expect([...maxima.keys()]).toEqual(['0.qkv', '0.intermediate', '1.qkv', '1.intermediate'])
    for (const values of maxima.values()) expect(values.length).toBe(CONFIG.hiddenSize)
    const more = await measureMaxima(randomIds(8, 9))
    expect(more.get('0.qkv')!.every((value) => value > 0)).toBe(true)
  })
})

describe('a calibration file', () => {
  const tensor = (value = 1): FloatTensor => ({
    shape: [CONFIG.hiddenSize],
    values: new Float32Array(CONFIG.hiddenSize).fill(value),
  })
  const whole = () =>
    Object.fromEntries(['0.qkv', '0.intermediate', '1.qkv', '1.intermediate'].map((name) => [name, tensor()]))
  const read = async (tensors: Record<string, FloatTensor>) => {
    const path = join(folder, 'calibration.safetensors')
    await writeFile(path, encodeSafetensors(tensors))
    return readCalibration(path, CONFIG)
  }

  it('is read by the names of its inputs', async () => {
    expect((await read({ ...whole(), '1.qkv': tensor(3) })).get('1.qkv')![0]).toBe(3)
  })

  it.each([
    ['lacks a layer', () => ({ '0.qkv': tensor(), '0.intermediate': tensor() }), /"1\.qkv"/],
    ['is of another size', () => ({ ...whole(), '0.qkv': randomTensor(randomNumbers(1), [5]) }), /\[64\], found \[5\]/],
    ['holds a negative value', () => ({ ...whole(), '0.qkv': tensor(-1) }), /no magnitude/],
    ['holds NaN', () => ({ ...whole(), '0.intermediate': tensor(Number.NaN) }), /no magnitude/],
  ])('is refused when it %s', async (_, tensors, message) => {
    await expect(read(tensors())).rejects.toMatchObject({
      name: 'ModelError',
      code: 'CALIBRATION_INVALID',
      message: expect.stringMatching(message),
    })
  })
})

function randomIds(batch: number, tokens: number): number[][] {
  const random = randomNumbers(batch * 1000 + tokens)
  return Array.from({ length: batch }, () =>
    Array.from({ length: tokens }, () => Math.floor(random() * CONFIG.vocabularySize)),
  )
}

async function build(
  precision: Precision,
  outputs: readonly GraphOutput[] = ['sentence_embedding', 'token_embeddings'],
  maxima?: ChannelMaxima,
): Promise<Uint8Array> {
  const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'))
  const base = { checkpoint, config: CONFIG, weightsFile: 'model.safetensors', pooling: 'mean' as const }
  return buildEncoderGraph({ ...base, outputs, precision, maxima })
}

interface OpenGraphOptions {
  readonly maxima?: ChannelMaxima | undefined
  readonly threads?: number
  readonly outputs?: readonly GraphOutput[]
}

async function openGraph(precision: Precision, options: OpenGraphOptions = {}): Promise<OnnxSession> {
  await writeCheckpoint(folder, randomParameters(CONFIG, 7))
  const path = join(folder, 'graph.onnx')
  await writeFile(path, await build(precision, options.outputs, options.maxima))
  return OnnxSession.open(path, options.threads ?? 1)
}

function run(session: OnnxSession, texts: readonly (readonly number[])[]): Promise<RunOutputs> {
  return session.run(Int32Array.from(texts.flat()), texts.length, texts[0]!.length)
}

async function runGraph(precision: Precision, texts: readonly (readonly number[])[], options: OpenGraphOptions = {}) {
  const session = await openGraph(precision, options)
  const outputs = await run(session, texts)
  await session.release()
  return outputs
}

async function measureMaxima(texts: readonly (readonly number[])[]): Promise<ChannelMaxima> {
  const outputs = await runGraph('fp32', texts, { outputs: ['channel_maxima'] })
  return new Map(Object.entries(outputs).map(([name, { values }]) => [name, values]))
}

function rowAt(values: Float32Array, i: number): Float32Array {
  return values.subarray(i * CONFIG.hiddenSize, (i + 1) * CONFIG.hiddenSize)
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0)
}
