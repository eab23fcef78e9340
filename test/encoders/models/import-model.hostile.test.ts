import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../../src/encoders/models/add-custom-model.js'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import type { ModelDescription } from '../../../src/encoders/models/model-description.js'
import { ProofProcess } from '../../../src/encoders/models/proof-process.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { OnnxGraph } from '../../../src/graph/onnx-graph.js'
import { openCheckpoint, readFloatTensor } from '../../../src/graph/safetensors.js'
import { customModels, removeCustomModel } from '../../../src/onnx/custom-models.js'
import { readManifest } from '../../../src/onnx/manifest.js'
import { encodeDocuments } from '../../../src/pipeline/documents/encode-documents.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { denseAt } from '../../../src/vectors.js'
import { useOwnMachine } from '../../own-machine.js'
import { writeTinyModel } from '../tiny-dense-models.js'

let folder: string
let models: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-hostile-'))
  models = join(folder, 'models')
  useOwnMachine(folder)
})

afterEach(async () => {
  for (const { entry } of customModels()) removeCustomModel(entry.name)
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

type Json = Record<string, unknown>

async function editJson(path: string, change: (value: Json) => unknown): Promise<void> {
  const value = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as Json,
    () => ({}),
  )
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, JSON.stringify(change(value)))
}

const add = (path: string, more: Partial<ModelDescription> = {}) =>
  addCustomModel({ name: 'tiny/hostile', folder: path, network: 'model.safetensors', ...more })

describe('what a file of a model says and nobody reads', () => {
  it.each<[string, string, (value: Json) => unknown, string]>([
    ['config.json', 'hidden_act', (value) => ({ ...value, hidden_act: 'relu' }), 'CHECKPOINT_UNSUPPORTED'],
    ['config.json', 'layer_norm_eps', (value) => ({ ...value, layer_norm_eps: '1e-5' }), 'CONFIG_INVALID'],
    ['config.json', 'is_decoder', (value) => ({ ...value, is_decoder: 'yes' }), 'CHECKPOINT_UNSUPPORTED'],
    [
      'config.json',
      'add_cross_attention',
      (value) => ({ ...value, add_cross_attention: true }),
      'CHECKPOINT_UNSUPPORTED',
    ],
    [
      'config.json',
      'position_embedding_type',
      (value) => ({ ...value, position_embedding_type: 'relative_key' }),
      'CHECKPOINT_UNSUPPORTED',
    ],
    ['config.json', 'config.json', (value) => [value], 'MODEL_FILE_CORRUPT'],
    [
      'tokenizer_config.json',
      'model_max_length',
      (value) => ({ ...value, model_max_length: '24' }),
      'MODEL_FILE_CORRUPT',
    ],
    [
      'tokenizer_config.json',
      'model_max_length',
      (value) => ({ ...value, model_max_length: 0.5 }),
      'MODEL_FILE_CORRUPT',
    ],
    ['sentence_bert_config.json', 'max_seq_length', () => ({ max_seq_length: -1 }), 'MODEL_FILE_CORRUPT'],
    ['modules.json', 'modules.json', () => ({ type: 'Normalize' }), 'MODEL_FILE_CORRUPT'],
    ['modules.json', 'LSTM', () => [{ type: 'sentence_transformers.models.LSTM' }], 'MODEL_UNRECOGNISED'],
    [
      '1_Pooling/config.json',
      'pooling_mode_max_tokens',
      () => ({ pooling_mode_mean_tokens: true, pooling_mode_max_tokens: true }),
      'MODEL_UNRECOGNISED',
    ],
    [
      '1_Pooling/config.json',
      'pooling_mode_weightedmean_tokens',
      () => ({ pooling_mode_weightedmean_tokens: true }),
      'MODEL_UNRECOGNISED',
    ],
    ['config_sentence_transformers.json', 'prompts', () => ({ prompts: { query: 5 } }), 'MODEL_FILE_CORRUPT'],
  ])('is an error by its name: %s, %s', async (file, named, change, code) => {
    const path = await writeTinyModel(folder, 'bert')
    await editJson(join(path, file), change)
    await expect(add(path)).rejects.toMatchObject({ code, message: expect.stringContaining(named) })
  })

  it('a config.json that is damaged is not one that says nothing, for an ONNX file either', async () => {
    const path = await writeTinyModel(folder, 'bert')
    await editJson(join(path, 'config.json'), (value) => ({ ...value, max_position_embeddings: 'many' }))
    await expect(add(path, { network: 'model.onnx' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await writeFile(join(path, 'config.json'), '{"model_type": ')
    await expect(add(path, { network: 'model.onnx' })).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' })
  })

  it.each<[string, Json]>([
    ['pooling', { pooling: 'max' }],
    ['pooling', { pooling: null }],
    ['kind', { kind: 'colour' }],
    ['precision', { precision: 'int4' }],
    ['poolng', { poolng: 'cls' }],
    ['architecture', { architecture: 'colbert' }],
    ['activation', { activation: 'relu' }],
    ['settings', { architecture: 'static', settings: { padId: 1 } }],
    ['network', { network: 'other.onnx' }],
    ['size', { files: [{ path: 'a', sizeBytes: 1, sha256: 'a'.repeat(64), size: 1 }], network: 'a' }],
  ])('is an error of the manifest by its name: %s, %j', async (named, changes) => {
    const entry = {
      ...{ name: 'tiny/x', kind: 'dense', folder: 'x', dimension: 16, maxTokens: 24, pooling: 'mean' },
      ...{ licence: 'CC0-1.0', source: 'made here', revision: 'none' },
      files: [{ path: 'model.safetensors', sizeBytes: 1, sha256: 'a'.repeat(64) }],
    }
    const write = (one: Json) => writeFile(join(models, 'manifest.json'), JSON.stringify({ version: 1, models: [one] }))
    await mkdir(models)
    await write(entry)
    expect((await readManifest(models)).models).toEqual([entry])
    await write({ ...entry, ...changes })
    await expect(readManifest(models)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining(named),
    })
  })
})

describe('a model that cannot be used', () => {
  it('is refused where it gives numbers that are not finite', async () => {
    const path = await writeTinyModel(folder, 'static')
    const checkpoint = await openCheckpoint(join(path, 'model.safetensors'))
    const { values } = await readFloatTensor(checkpoint, 'embeddings')
    const range = checkpoint.tensors.get('embeddings')!
    const bytes = await readFile(join(path, 'model.safetensors'))
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (let i = 0; i < values.length; i += 16) bytes.writeFloatLE(value, range.offsetBytes + i * 4)
      await writeFile(join(path, 'model.safetensors'), bytes)
      await expect(importModel(path, { name: 'tiny/nan', modelsFolder: models })).rejects.toMatchObject({
        code: 'VECTOR_NOT_FINITE',
      })
    }
    expect((await readManifest(models)).models).toEqual([])
  })

  it('is refused with a code where its files make the program itself fail', async () => {
    const path = await writeTinyModel(folder, 'bert')
    await editJson(join(path, 'tokenizer.json'), (value) => ({ ...value, added_tokens: 5, post_processor: [null] }))
    await expect(add(path)).rejects.toMatchObject({ name: 'ModelError', code: expect.any(String) })
    await expect(importModel(path, { name: 'tiny/broken', modelsFolder: models })).rejects.toMatchObject({
      name: 'ModelError',
    })
  })

  /** An ONNX file that multiplies square matrices of a size, one after the other. */
  async function writeHeavyGraph(rounds: number, size: number): Promise<string> {
    const path = await writeTinyModel(folder, 'bert')
    const graph = new OnnxGraph('none')
    graph.add('Cast', ['input_ids'], 'floats', { to: 1n })
    graph.add('ReduceMax', ['floats'], 'largest', { keepdims: 0n })
    graph.constant('shape', { shape: [2], values: BigInt64Array.of(BigInt(size), BigInt(size)) })
    let last = graph.add('Expand', ['largest', 'shape'], 'matrix')
    for (let i = 0; i < rounds; i++) last = graph.add('MatMul', [last, 'matrix'], `product${i}`)
    graph.add('ReduceMean', [last], 'mean', { keepdims: 0n })
    graph.constant('row', { shape: [16], values: new Float32Array(16).fill(1e-30) })
    graph.add('Mul', ['mean', 'row'], 'values')
    graph.constant('axis', { shape: [1], values: BigInt64Array.of(-1n) })
    graph.add('Unsqueeze', ['floats', 'axis'], 'column')
    graph.add('Add', ['column', 'values'], 'output')
    const bytes = graph.encode({ input_ids: ['batch', 'tokens'] }, { output: ['batch', 'tokens', 16] })
    await writeFile(join(path, 'model.onnx'), bytes)
    return path
  }

  it('is ended where it does not end, though it is deep in native code', async () => {
    const path = await writeHeavyGraph(4000, 1500)
    const entry = await describeModel(path, 'bert', { name: 'tiny/endless', network: 'model.onnx' })
    const apart = new ProofProcess({ timeoutMs: 1500, timeoutMsPerByte: 0 })
    try {
      const began = performance.now()
      await expect(apart.prove({ entry, modelsFolder: folder })).rejects.toMatchObject({
        code: 'MODEL_UNUSABLE',
        message: expect.stringContaining('did not end'),
      })
      expect(performance.now() - began).toBeLessThan(10_000)
    } finally {
      await apart.close()
    }
  })

  it('is ended where it takes more memory than it may', async () => {
    const path = await writeHeavyGraph(1, 12_000)
    const entry = await describeModel(path, 'bert', { name: 'tiny/large', network: 'model.onnx' })
    const apart = new ProofProcess({ memoryBytes: 400 * 2 ** 20, memoryBytesPerByte: 0 })
    try {
      await expect(apart.prove({ entry, modelsFolder: folder })).rejects.toMatchObject({
        code: 'MODEL_UNUSABLE',
        message: expect.stringContaining('too much memory'),
      })
    } finally {
      await apart.close()
    }
  })

  it('is given up at once when the caller stops', async () => {
    const controller = new AbortController()
    const apart = new ProofProcess({ signal: controller.signal })
    const path = await writeTinyModel(folder, 'bert')
    const proof = apart.describe(path, 'bert', { name: 'tiny/stopped' })
    controller.abort(new Error('stop'))
    await expect(proof).rejects.toThrow('stop')
    await apart.close()
  })
})

describe('a text without tokens', () => {
  /** A tokenizer that puts nothing around a text, so that an empty one has no tokens. */
  async function writeBare(name: string, more: Partial<ModelDescription>): Promise<void> {
    const path = await writeTinyModel(folder, 'bert')
    await editJson(join(path, 'tokenizer.json'), (value) => ({ ...value, post_processor: null }))
    await addCustomModel({ name, folder: path, ...more })
  }

  it.each(['model.safetensors', 'model.onnx'])('is refused, the others have their vectors: %s', async (network) => {
    await writeBare('tiny/bare', { network, pooling: 'mean' })
    const encoder = await openEncoder({ dense: 'tiny/bare' })
    try {
      await expect(encoder.encode(['fever', '', '  \n '], 'document')).rejects.toMatchObject({
        code: 'INVALID_DOCUMENT',
        message: expect.stringContaining('Text 1'),
      })
      const { dense } = await encoder.encode(['fever'], 'document')
      expect(denseAt(dense!, 0).every(Number.isFinite)).toBe(true)
    } finally {
      await encoder.close()
    }
  })

  it('is rejected as the document that it is, and those beside it are encoded', async () => {
    await writeBare('tiny/bare', { network: 'model.onnx', pooling: 'mean' })
    const pool = await EncoderPool.create({ workers: 1 })
    try {
      const piece = ['fever', '', 'pain', ' '].map((text, i) => ({ place: `line ${i}`, document: { id: i, text } }))
      const encoder = pool.encoder({ dense: 'tiny/bare', custom: customModels() })
      const { encoded, rejected } = await encodeDocuments(piece as never, encoder, 'document')
      expect(encoded.map(({ document }) => document.id)).toEqual([0, 2])
      expect(rejected.map(({ rejection }) => [rejection.id, rejection.code])).toEqual([
        [1, 'INVALID_DOCUMENT'],
        [3, 'INVALID_DOCUMENT'],
      ])
    } finally {
      await pool.close()
    }
  })
})
