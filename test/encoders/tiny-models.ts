import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeSafetensors, type FloatTensor } from '../../src/graph/safetensors.js'
import type { ModelEntry } from '../../src/onnx/manifest.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { murmur3 } from '../../src/tokenizers/words/murmur3.js'

/** Small random models and what FastEmbed computes with them: scripts/make-encoder-fixtures.py. */
const FIXTURES = fileURLToPath(new URL('../parity/fixtures/tiny-models', import.meta.url))

/** A tensor that is a formula of its name. */
export interface FormulaWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly scale: number
  readonly center?: number
}

export interface SparseVectorJson {
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

export interface SparseFixture {
  readonly model: string
  readonly weights: readonly FormulaWeight[]
  readonly texts: readonly string[]
  readonly documents: readonly SparseVectorJson[]
  readonly queries: readonly SparseVectorJson[]
  /** FastEmbed's post-processing of {@link outputOf} each text. */
  readonly exactDocuments: readonly SparseVectorJson[]
  readonly exactQueries?: readonly SparseVectorJson[]
}

export interface CrossEncoderFixture {
  readonly model: string
  readonly weights: readonly FormulaWeight[]
  readonly pairs: readonly (readonly [string, string])[]
  readonly scores: readonly number[]
  readonly query: string
  /** Scores of the texts of the sparse fixtures for `query`. */
  readonly rerank: readonly number[]
  readonly inputIds: readonly (readonly number[])[]
  readonly typeIds: readonly (readonly number[])[]
}

export function readTinyFixture<T = SparseFixture>(name: string): T {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as T
}

/** Uniform in center ± scale, by the tensor's name. */
export function makeWeight({ name, shape, scale, center = 0 }: FormulaWeight): FloatTensor {
  const random = randomNumbers(murmur3(name) >>> 0)
  const size = shape.reduce((product, n) => product * n, 1)
  return { shape, values: Float32Array.from({ length: size }, () => center + scale * (2 * random() - 1)) }
}

/** The output of a network for text i of which the fixtures' `exact…` were made. */
export function outputOf(i: number, shape: readonly number[], scale = 2): FloatTensor {
  return makeWeight({ name: `output ${i}`, shape, scale })
}

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'config.json']
const MATRICES_FILE = 'minicoil.triplet.model.npy'

export interface TinyModel extends Pick<ModelEntry, 'name' | 'kind' | 'architecture'> {
  readonly weights: readonly FormulaWeight[]
  /** Name of the graph among the fixtures; without it the model is a checkpoint. */
  readonly graph?: string
  /** Files of the fixtures that the model has besides, and miniCOIL's matrices by their name. */
  readonly files?: readonly string[]
  readonly maxTokens?: number
}

/** The tiny models with FastEmbed's names, as ONNX files. */
export const TINY_MODELS = {
  splade: { kind: 'sparse', architecture: 'splade', graph: 'masked-language-model' },
  'idf-splade': { kind: 'sparse', architecture: 'idf-splade', graph: 'masked-language-model', files: ['idf.json'] },
  bm42: { kind: 'sparse', architecture: 'bm42', graph: 'attentions', files: ['stopwords.txt'] },
  minicoil: {
    kind: 'sparse',
    architecture: 'minicoil',
    graph: 'encoder',
    files: ['stopwords.txt', 'minicoil.triplet.model.vocab', MATRICES_FILE],
  },
  'cross-encoder': { kind: 'reranker', architecture: 'cross-encoder', graph: 'classifier' },
} as const satisfies Record<string, Omit<TinyModel, 'name' | 'weights'>>

export type TinyModelName = keyof typeof TINY_MODELS

/** Makes a models folder with tiny models, which the caller removes. */
export async function makeTinyModels(
  ...names: readonly (TinyModelName | `${TinyModelName}-checkpoint`)[]
): Promise<string> {
  const modelsFolder = await mkdtemp(join(tmpdir(), 'offgrid-tiny-'))
  const models: ModelEntry[] = []
  for (const name of names) {
    const key = name.replace(/-checkpoint$/, '') as TinyModelName
    const { model, weights } = readTinyFixture(key)
    const { graph, ...tiny }: Omit<TinyModel, 'name' | 'weights'> = TINY_MODELS[key]
    const isOnnx = key === name && graph !== undefined
    models.push(await writeTinyModel(modelsFolder, name, { ...tiny, ...(isOnnx && { graph }), name: model, weights }))
  }
  await writeFile(join(modelsFolder, 'manifest.json'), JSON.stringify({ version: 1, models }))
  return modelsFolder
}

async function writeTinyModel(modelsFolder: string, folder: string, model: TinyModel): Promise<ModelEntry> {
  const files: { path: string; sizeBytes: number; sha256: string }[] = []
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    const target = join(modelsFolder, folder, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes)
    files.push({ path, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  const { name, kind, architecture, weights, graph, files: extras = [], maxTokens = 48 } = model
  for (const file of [...TOKENIZER_FILES, ...extras]) {
    await write(file, file === MATRICES_FILE ? makeMatrices() : await readFile(join(FIXTURES, file)))
  }
  const tensors = weights.map((weight) => [weight.name, makeWeight(weight)] as const)
  let network = 'model.safetensors'
  if (graph === undefined) {
    await write(network, encodeSafetensors(Object.fromEntries(tensors)))
  } else {
    network = 'onnx/model.onnx'
    await write(network, await readFile(join(FIXTURES, `${graph}.graph`)))
    await write('onnx/model.onnx_data', Buffer.concat(tensors.map(([, { values }]) => Buffer.from(values.buffer))))
  }
  return {
    name,
    kind,
    ...(architecture !== undefined && { architecture }),
    network,
    folder,
    files,
    dimension: null,
    maxTokens,
    pooling: null,
    licence: 'CC0-1.0',
    source: 'generated',
    revision: 'none',
  }
}

/** miniCOIL's matrices as a `.npy` file: float32 [words + 1, 32, 4]. */
export function makeMatrices(): Uint8Array {
  const { vocab } = JSON.parse(readFileSync(join(FIXTURES, 'minicoil.triplet.model.vocab'), 'utf8')) as {
    vocab: string[]
  }
  return encodeNpy(makeWeight({ name: 'minicoil', shape: [vocab.length + 1, 32, 4], scale: 1 }))
}

export function encodeNpy({ shape, values }: FloatTensor): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const padding = 63 - ((10 + header.length) % 64)
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1')
  prefix.writeUInt16LE(header.length + padding + 1, 8)
  return Buffer.concat([prefix, Buffer.from(`${header}${' '.repeat(padding)}\n`, 'latin1'), Buffer.from(values.buffer)])
}
