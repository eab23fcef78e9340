import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { type GraphProtoSchema, ModelProtoSchema, type TensorProtoSchema } from 'onnx-buf'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { integerProducts, integerProductsOf } from '../../../src/encoders/network/integer-products.js'
import { hasWideWeights } from '../../../src/onnx/wide-weights.js'
import {
  describeRecipeDifferences,
  fingerprint,
  planCollection,
} from '../../../src/pipeline/collection/collection-plan.js'
import { useOwnMachine } from '../../own-machine.js'
import { writeTinyModel } from '../tiny-dense-models.js'

const INT8 = 3
const FLOAT = 1
const EXTERNAL = 1

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-products-'))
  useOwnMachine(folder)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

type Graph = MessageInitShape<typeof GraphProtoSchema>

async function writeGraph(graph: Graph): Promise<string> {
  const path = join(folder, 'graph.onnx')
  await writeFile(path, toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph })))
  return path
}

function weights(values: readonly number[], more: MessageInitShape<typeof TensorProtoSchema> = {}) {
  return {
    name: 'weights',
    dataType: INT8,
    dims: [1n, BigInt(values.length)],
    rawData: Uint8Array.from(values),
    ...more,
  }
}

const PRODUCT = { opType: 'MatMulInteger', input: ['bytes', 'weights'], output: ['sums'] }

describe('sums of 8-bit products', () => {
  it('an ONNX file with weights of 8 bits says how this processor adds them, one with 7 bits and a checkpoint need not', async () => {
    const wide = await importModel(await writeTinyModel(folder, 'quantized'), { name: 'tiny/wide' })
    const narrow = await importModel(await writeTinyModel(folder, 'quantized-7-bits'), { name: 'tiny/narrow' })
    const checkpoint = await importModel(await writeTinyModel(folder, 'bert'), { name: 'tiny/checkpoint' })
    const here = await integerProducts()
    expect(['exact', 'saturating']).toContain(here)
    expect(wide.integerProducts).toBe(here)
    expect(narrow.integerProducts).toBeNull()
    expect(checkpoint.integerProducts).toBeNull()
    expect(await integerProductsOf({ network: 'model.onnx' }, join(folder, 'bert'))).toBeNull()
  })

  it('a collection of such a model records them, and is not filled where they are added in another way', async () => {
    const { integerProducts: recorded, ...rest } = fingerprint(await planCollection({ dense: 'tiny/wide' }))
    const other = recorded === 'exact' ? 'saturating' : 'exact'
    expect(recorded).toBe(await integerProducts())
    expect(
      describeRecipeDifferences({ ...rest, integerProducts: recorded }, { ...rest, integerProducts: recorded }),
    ).toEqual([])
    expect(
      describeRecipeDifferences({ ...rest, integerProducts: other }, { ...rest, integerProducts: recorded }),
    ).toEqual([expect.stringMatching(`^integerProducts: found "${other}", here "${recorded}" `)])
    // filled before there was such a field
    expect(describeRecipeDifferences(rest, { ...rest, integerProducts: recorded })).toEqual([])
    expect(fingerprint(await planCollection({ dense: 'tiny/narrow' }))).not.toHaveProperty('integerProducts')
  })

  it.each<[string, boolean, Graph]>([
    ['a weight of 65', true, { node: [PRODUCT], initializer: [weights([1, 65])] }],
    ['a weight of -65', true, { node: [PRODUCT], initializer: [weights([1, 256 - 65])] }],
    ['weights of ±64', false, { node: [PRODUCT], initializer: [weights([64, 256 - 64])] }],
    [
      'numbers in place of bytes',
      true,
      { node: [PRODUCT], initializer: [weights([], { rawData: new Uint8Array(), int32Data: [3, -100] })] },
    ],
    [
      'small numbers in place of bytes',
      false,
      { node: [PRODUCT], initializer: [weights([], { rawData: new Uint8Array(), int32Data: [3, -64, 64] })] },
    ],
    ['weights of which nothing is multiplied', false, { initializer: [weights([127])] }],
    [
      'other types',
      false,
      { node: [PRODUCT], initializer: [weights([0, 0, 127, 127], { dataType: FLOAT, dims: [1n] })] },
    ],
    [
      'weights dequantized where activations are quantized',
      true,
      {
        node: [
          { opType: 'QuantizeLinear', input: ['x', 'scale'], output: ['bytes'] },
          { opType: 'DequantizeLinear', input: ['weights', 'scale'], output: ['floats'] },
        ],
        initializer: [weights([127])],
      },
    ],
    [
      'weights dequantized alone',
      false,
      {
        node: [{ opType: 'DequantizeLinear', input: ['weights', 'scale'], output: ['floats'] }],
        initializer: [weights([127])],
      },
    ],
    [
      'a constant in a branch',
      true,
      {
        node: [
          {
            opType: 'If',
            input: ['condition'],
            attribute: [
              {
                name: 'then_branch',
                g: {
                  node: [
                    {
                      opType: 'Constant',
                      output: ['weights'],
                      attribute: [{ name: 'value', t: weights([127], { name: '' }) }],
                    },
                    PRODUCT,
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  ])('tells by the file whether two products can pass 16 bits: %s (%s)', async (_, expected, graph) => {
    expect(await hasWideWeights(await writeGraph(graph))).toBe(expected)
  })

  it('reads weights that lie beside the graph, and more of them than it reads at once', async () => {
    const values = new Uint8Array(200_000)
    const external = (length: number) =>
      weights([], {
        rawData: new Uint8Array(),
        dataLocation: EXTERNAL,
        externalData: [
          { key: 'location', value: 'weights.bin' },
          { key: 'offset', value: '1' },
          { key: 'length', value: String(length) },
        ],
      })
    values[0] = 127
    await writeFile(join(folder, 'weights.bin'), values)
    expect(await hasWideWeights(await writeGraph({ node: [PRODUCT], initializer: [external(199_999)] }))).toBe(false)
    values[199_999] = 127
    await writeFile(join(folder, 'weights.bin'), values)
    expect(await hasWideWeights(await writeGraph({ node: [PRODUCT], initializer: [external(199_999)] }))).toBe(true)
    expect(await hasWideWeights(await writeGraph({ node: [PRODUCT], initializer: [external(200_000)] }))).toBe(true)
  })

  it('takes a file that it cannot read for one whose vectors depend on the processor', async () => {
    const path = join(folder, 'no.onnx')
    for (const bytes of [[0x3a, 0xff, 0xff, 0x03], [0x3b], [0x3a], new Array(20).fill(0xff)]) {
      await writeFile(path, Uint8Array.from(bytes))
      expect(await hasWideWeights(path)).toBe(true)
    }
  })
})
