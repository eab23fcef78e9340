import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACTIVATION_LIMIT, type ChannelMaxima, createInt8Linear } from '../../src/graph/int8-linear.js'
import type { LinearSite, Parameters } from '../../src/graph/linear.js'
import { MICROSOFT_DOMAIN, OnnxGraph } from '../../src/graph/onnx-graph.js'
import { WEIGHT_LIMIT } from '../../src/graph/quantize-weight.js'
import { OnnxSession } from '../../src/onnx/session.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'

/** Largest sum of one pair of products that fits into the 16 bits of processors without VNNI. */
const LARGEST_INT16 = 32_767

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-int8-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('the integer product', () => {
  it('has limits whose pair sums fit into 16 bits', () => {
    expect(ACTIVATION_LIMIT * WEIGHT_LIMIT * 2).toBeLessThanOrEqual(LARGEST_INT16)
  })

  it('is exact at all extremes of activations and weights', async () => {
    const [rows, into, out] = [5, 70, 19]
    const activation = fc.constantFrom(0, 1, 16, 63, 64, 126, ACTIVATION_LIMIT)
    const weight = fc.constantFrom(-WEIGHT_LIMIT, -126, -1, 0, 1, 126, WEIGHT_LIMIT)
    const cases = fc.tuple(
      fc.oneof(constantArray(ACTIVATION_LIMIT, rows * into), exactArray(activation, rows * into)),
      fc.oneof(
        constantArray(WEIGHT_LIMIT, into * out),
        constantArray(-WEIGHT_LIMIT, into * out),
        exactArray(weight, into * out),
      ),
      fc.constantFrom(16, 64),
    )
    await fc.assert(
      fc.asyncProperty(cases, async ([activations, weights, zeroPoint]) => {
        const found = await multiply(activations, weights, zeroPoint, rows, into)
        const expected = Array.from({ length: rows * out }, (_, at) => {
          const [row, column] = [Math.floor(at / out), at % out]
          let sum = 0
          for (let k = 0; k < into; k++) {
            sum += (activations[row * into + k]! - zeroPoint) * weights[k * out + column]!
          }
          return sum
        })
        expect([...found]).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })
})

describe('an int8 linear layer', () => {
  it.each<LinearSite>(['qkv', 'attention_output', 'intermediate', 'output'])(
    'is the product of rounded inputs and weights, exactly rounded, at extremes too (%s)',
    async (site) => {
      const [rows, into, out] = [4, 128, 7]
      const values = fc.constantFrom(WEIGHT_LIMIT, -WEIGHT_LIMIT, 3, 0)
      // Gelu gives nothing that is far below zero.
      const inputs = site === 'output' ? fc.constantFrom(111, 55, 0, -16) : fc.constantFrom(63, -63, 31, 0)
      await fc.assert(
        fc.asyncProperty(
          exactArray(inputs, rows * into),
          exactArray(values, into * out),
          async (activations, weights) => {
            // The first weight of each channel and the first input of each token fix the scales at one.
            for (let channel = 0; channel < out; channel++) weights[channel * into] = WEIGHT_LIMIT
            for (let row = 0; row < rows; row++) activations[row * into] = site === 'output' ? 111 : 63
            const found = await applyLinear(site, activations, weights, rows, into)
            for (const [at, value] of found.entries()) {
              const [row, channel] = [Math.floor(at / out), at % out]
              let sum = 0
              let magnitude = 0
              for (let k = 0; k < into; k++) {
                const product = activations[row * into + k]! * weights[channel * into + k]!
                sum += product
                magnitude += Math.abs(product)
              }
              // Two float32 scales, each within 2^-23 of one.
              expect(Math.abs(value - sum)).toBeLessThanOrEqual(magnitude * 4e-7)
            }
          },
        ),
        { numRuns: 15 },
      )
    },
  )

  it('gives zeros for a token of zeros', async () => {
    const weights = new Array<number>(3 * 8).fill(5)
    for (const site of ['qkv', 'output'] as const) {
      expect([...(await applyLinear(site, new Array<number>(2 * 8).fill(0), weights, 2, 8))]).toEqual([
        0, 0, 0, 0, 0, 0,
      ])
    }
  })

  it('is more exact where a channel stands out when it was calibrated', async () => {
    const random = randomNumbers(5)
    const [rows, into, out] = [6, 32, 9]
    const activations = Array.from({ length: rows * into }, (_, i) =>
      Math.round((random() - 0.5) * (i % into === 3 ? 2000 : 40)),
    )
    const weights = Array.from({ length: into * out }, () => random() - 0.5)
    const maxima = Float32Array.from({ length: into }, (_, k) =>
      Math.max(...Array.from({ length: rows }, (_, row) => Math.abs(activations[row * into + k]!))),
    )
    const error = async (calibration?: ChannelMaxima): Promise<number> => {
      const found = await applyLinear('qkv', activations, weights, rows, into, calibration)
      return found.reduce((total, value, at) => {
        const [row, channel] = [Math.floor(at / out), at % out]
        let sum = 0
        for (let k = 0; k < into; k++) sum += activations[row * into + k]! * weights[channel * into + k]!
        return total + (value - sum) ** 2
      }, 0)
    }
    expect(await error(new Map([['0.qkv', maxima]]))).toBeLessThan(0.5 * (await error()))
  })
})

function exactArray(value: fc.Arbitrary<number>, length: number): fc.Arbitrary<number[]> {
  return fc.array(value, { minLength: length, maxLength: length })
}

function constantArray(value: number, length: number): fc.Arbitrary<number[]> {
  return fc.constant(new Array<number>(length).fill(value))
}

/** (activations − zero point) · weights by ONNX Runtime; the activations are given as the ids of a batch. */
async function multiply(
  activations: readonly number[],
  weights: readonly number[],
  zeroPoint: number,
  rows: number,
  into: number,
): Promise<Float32Array> {
  const out = weights.length / into
  const graph = new OnnxGraph('model.safetensors')
  const scalar = (name: string, values: Float32Array | Uint8Array) => graph.constant(name, { shape: [], values })
  // TensorProto's number of uint8.
  graph.add('Cast', ['input_ids'], 'bytes', { to: 2n })
  graph.add(
    'MatMulIntegerToFloat',
    [
      'bytes',
      graph.constant('weights', { shape: [into, out], values: Int8Array.from(weights) }),
      scalar('one', Float32Array.of(1)),
      'one',
      scalar('zero_point', Uint8Array.of(zeroPoint)),
    ],
    'product',
    {},
    MICROSOFT_DOMAIN,
  )
  return runBytes(graph.encode({ input_ids: ['batch', 'tokens'] }, { product: ['batch', out] }), activations, rows)
}

/** One int8 layer on whole-numbered rows [rows, into]; weights are [out, into], the bias is zero. */
async function applyLinear(
  site: LinearSite,
  activations: readonly number[],
  weights: readonly number[],
  rows: number,
  into: number,
  maxima?: ChannelMaxima,
): Promise<Float32Array> {
  const out = weights.length / into
  const graph = new OnnxGraph('model.safetensors')
  const parameters: Parameters = {
    has: () => true,
    add: (name, shape) => graph.constant(name, { shape, values: new Float32Array(out) }),
    read: async (_, shape) => ({ shape, values: Float32Array.from(weights) }),
  }
  // TensorProto's number of float32.
  graph.add('Cast', ['input_ids'], 'floats', { to: 1n })
  const layers = { site, layer: 0, names: ['layer'], shape: [out, into] as const }
  const [result] = await createInt8Linear(graph, parameters, maxima)('floats', layers)
  return runBytes(graph.encode({ input_ids: ['batch', 'tokens'] }, { [result!]: ['batch', out] }), activations, rows)
}

async function runBytes(bytes: Uint8Array, input: readonly number[], rows: number): Promise<Float32Array> {
  const path = join(folder, 'layer.onnx')
  await writeFile(path, bytes)
  const session = await OnnxSession.open(path, 1)
  const outputs = await session.run(Int32Array.from(input), rows, input.length / rows)
  await session.release()
  return Object.values(outputs)[0]!.values
}
