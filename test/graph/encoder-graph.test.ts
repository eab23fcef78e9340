import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSentenceModules } from '../../src/encoders/models/sentence-modules.js'
import { parseEncoderConfig } from '../../src/graph/architectures/encoder-config.js'
import type { GraphPooling } from '../../src/graph/bert-outputs.js'
import { buildEncoderGraph, type EncoderGraphOptions } from '../../src/graph/encoder-graph.js'
import type { GraphOutput } from '../../src/graph/graph-output.js'
import type { Precision } from '../../src/graph/precision.js'
import { readDenseLayer } from '../../src/graph/read-dense-layer.js'
import { openCheckpoint, readFloatTensor } from '../../src/graph/safetensors.js'
import { OnnxSession } from '../../src/onnx/session.js'
import { encodeFloat16, floatFromHalf } from '../../src/vectors/float16.js'

const FIXTURES = fileURLToPath(new URL('../parity/fixtures/architectures', import.meta.url))
const ENCODERS = ['bert', 'modernbert', 'modernbert-bias', 'nomic', 'gte', 'gte-types-ntk', 'mpnet']
/** Float32 against float32 of another library; hidden states are of magnitude 1 to 4. */
const TOLERANCE = 1e-5
/** Rows of 16 floats are quantized more coarsely than those of a real model. */
const LEAST_COSINE = 0.99

interface Expected {
  readonly inputIds: readonly number[]
  readonly rows: readonly number[]
  readonly states: readonly (readonly number[])[]
  readonly mean: readonly number[]
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-architectures-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function open(
  name: string,
  outputs: readonly GraphOutput[],
  precision: Precision = 'fp32',
  options: Partial<EncoderGraphOptions> = {},
) {
  const source = join(FIXTURES, name)
  const config = parseEncoderConfig(JSON.parse(await readFile(join(source, 'config.json'), 'utf8')))
  await writeFile(join(folder, 'model.safetensors'), await readFile(join(source, 'model.safetensors')))
  const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'))
  const path = join(folder, `${precision}.onnx`)
  const base = { checkpoint, config, weightsFile: 'model.safetensors', pooling: 'mean' as const }
  await writeFile(path, await buildEncoderGraph({ ...base, outputs, precision, ...options }))
  return OnnxSession.open(path, 1)
}

/** A checkpoint whose tensors are rounded to a half-precision type, stored in it or as float32. */
async function openHalf(name: string, dtype: 'F16' | 'BF16', precision: Precision, asFloats: boolean) {
  const source = join(FIXTURES, name)
  const config = parseEncoderConfig(JSON.parse(await readFile(join(source, 'config.json'), 'utf8')))
  const original = await openCheckpoint(join(source, 'model.safetensors'))
  const header: Record<string, unknown> = {}
  const parts: Uint8Array[] = []
  let offset = 0
  for (const key of original.tensors.keys()) {
    const { shape, values } = await readFloatTensor(original, key)
    const halves = new Uint16Array(values.length)
    if (dtype === 'F16') encodeFloat16(values, halves)
    else
      new Uint32Array(values.buffer, values.byteOffset, values.length).forEach((bits, i) => {
        halves[i] = bits >>> 16
      })
    const floats = Float32Array.from(halves, (half) => (dtype === 'F16' ? floatFromHalf(half) : toFloat(half)))
    const bytes = new Uint8Array((asFloats ? floats : halves).buffer)
    header[key] = { dtype: asFloats ? 'F32' : dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
    parts.push(bytes)
  }
  const text = JSON.stringify(header)
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const weightsFile = `${dtype}-${precision}-${asFloats}.safetensors`
  await writeFile(join(folder, weightsFile), Buffer.concat([length, json, ...parts]))
  const checkpoint = await openCheckpoint(join(folder, weightsFile))
  const path = join(folder, `${weightsFile}.onnx`)
  const outputs = ['sentence_embedding'] as const
  await writeFile(
    path,
    await buildEncoderGraph({ checkpoint, config, weightsFile, pooling: 'mean', outputs, precision }),
  )
  return OnnxSession.open(path, 1)
}

function toFloat(half: number): number {
  return new Float32Array(Uint32Array.of(half << 16).buffer)[0]!
}

async function expectedOf(name: string): Promise<Expected[]> {
  return JSON.parse(await readFile(join(FIXTURES, name, 'expected.json'), 'utf8'))
}

describe.each(ENCODERS)('the graph of %s', (name) => {
  it('gives the hidden states of transformers at every length, windows and far positions included', async () => {
    const session = await open(name, ['last_hidden_state'])
    for (const { inputIds, rows, states, mean } of await expectedOf(name)) {
      const { last_hidden_state: found } = await session.run(Int32Array.from(inputIds), 1, inputIds.length)
      const [, tokens, hidden] = found!.shape as [number, number, number]
      const off = rows.flatMap((row, i) => states[i]!.map((value, k) => found!.values[row * hidden + k]! - value))
      expect(Math.max(...off.map(Math.abs)), `${tokens} tokens`).toBeLessThan(TOLERANCE)
      const means = mean.map((value, k) => {
        let sum = 0
        for (let row = 0; row < tokens; row++) sum += found!.values[row * hidden + k]!
        return Math.abs(sum / tokens - value)
      })
      expect(Math.max(...means), `mean of ${tokens} tokens`).toBeLessThan(TOLERANCE)
    }
    await session.release()
  })

  it.each(['fp32', 'int8'] as const)('gives a text the same bits alone and in a batch, in %s', async (precision) => {
    const session = await open(name, ['sentence_embedding', 'last_hidden_state'], precision)
    for (const { inputIds } of (await expectedOf(name)).slice(0, 4)) {
      const alone = await session.run(Int32Array.from(inputIds), 1, inputIds.length)
      const reversed = [...inputIds].reverse()
      const batch = await session.run(Int32Array.from([...reversed, ...inputIds, ...reversed]), 3, inputIds.length)
      for (const output of ['sentence_embedding', 'last_hidden_state'] as const) {
        const { values } = alone[output]!
        expect(batch[output]!.values.slice(values.length, 2 * values.length)).toEqual(values)
      }
    }
    await session.release()
  })

  it('keeps its direction in int8', async () => {
    const exact = await open(name, ['sentence_embedding'])
    const rough = await open(name, ['sentence_embedding'], 'int8')
    for (const { inputIds } of await expectedOf(name)) {
      const [a, b] = await Promise.all(
        [exact, rough].map((session) => session.run(Int32Array.from(inputIds), 1, inputIds.length)),
      )
      const other = b!.sentence_embedding!.values
      const cosine = a!.sentence_embedding!.values.reduce((sum, value, k) => sum + value * other[k]!, 0)
      expect(cosine).toBeGreaterThan(LEAST_COSINE)
    }
    await Promise.all([exact.release(), rough.release()])
  })
})

describe('what follows the pooling', () => {
  it.each(['mean-dense-normalize', 'mean-tanh', 'cls-dense', 'normalize-dense', 'two-dense'])(
    'is computed as by sentence-transformers, and the same alone and in a batch: %s',
    async (name) => {
      const modules = join(FIXTURES, 'modules', name)
      const { pooling, steps } = await readSentenceModules(
        modules,
        JSON.parse(await readFile(join(modules, 'modules.json'), 'utf8')),
      )
      const layers = await Promise.all(
        steps.map(async (step) =>
          step === 'normalize' ? ({ kind: 'normalize' } as const) : readDenseLayer(join(modules, step)),
        ),
      )
      const session = await open('bert', ['sentence_embedding'], 'fp32', {
        pooling: pooling as GraphPooling,
        steps: layers,
      })
      const { texts, document } = JSON.parse(await readFile(join(modules, 'expected.json'), 'utf8'))
      for (const [i, text] of (texts as string[]).entries()) {
        const ids = [1, ...text.split(' ').map((word) => Number(word.slice(1))), 2]
        const found = (await session.run(Int32Array.from(ids), 1, ids.length)).sentence_embedding!
        const off = (document[i] as number[]).map((value, k) => Math.abs(found.values[k]! - value))
        expect(found.shape).toEqual([1, off.length])
        expect(Math.max(...off)).toBeLessThan(TOLERANCE)
        const batch = (await session.run(Int32Array.from([...ids, ...ids, ...ids]), 3, ids.length)).sentence_embedding!
        expect(batch.values.slice(2 * off.length)).toEqual(found.values)
      }
      await session.release()
    },
  )
})

describe('a checkpoint in half precision', () => {
  it.each(['F16', 'BF16'] as const)('gives the vectors of its values in float32: %s', async (dtype) => {
    for (const precision of ['fp32', 'int8'] as const) {
      const half = await openHalf('modernbert', dtype, precision, false)
      const floats = await openHalf('modernbert', dtype, precision, true)
      const ids = Int32Array.from([1, 9, 12, 40, 7, 2])
      const [a, b] = await Promise.all([half, floats].map((session) => session.run(ids, 1, ids.length)))
      expect(a!.sentence_embedding!.values).toEqual(b!.sentence_embedding!.values)
      await Promise.all([half.release(), floats.release()])
    }
  })
})

describe('what a configuration says that the builder does not know', () => {
  it.each([
    ['modernbert', { hidden_activation: 'silu' }, /hidden_activation is "silu"/],
    [
      'modernbert',
      { layer_types: ['full_attention', 'linear_attention', 'full_attention'] },
      /layer_types has "linear_attention"/,
    ],
    ['modernbert', { rope_parameters: { full_attention: { rope_type: 'yarn' } } }, /rope_type is "yarn"/],
    ['nomic', { prenorm: true }, /prenorm is true/],
    ['nomic', { rotary_scaling_factor: 2 }, /rotary_scaling_factor is 2/],
    ['gte', { rope_scaling: { type: 'dynamic', factor: 2 } }, /type is "dynamic"/],
    ['gte', { rope_scaling: { type: 'ntk', factor: 2, mixed_b: 0.5 } }, /mixed_b is 0.5/],
    ['gte', { logn_attention_scale: true }, /logn_attention_scale is true/],
    ['gte', { position_embedding_type: 'absolute' }, /position_embedding_type is "absolute"/],
    ['mpnet', { relative_attention_num_buckets: 64 }, /relative_attention_num_buckets is 64/],
    ['mpnet', { model_type: 'toString' }, /model_type is "toString"; only bert, /],
  ])('of %s with %o is refused by its name', async (name, change, message) => {
    const config = JSON.parse(await readFile(join(FIXTURES, name, 'config.json'), 'utf8'))
    expect(() => parseEncoderConfig({ ...config, ...change })).toThrow(message)
  })
})
