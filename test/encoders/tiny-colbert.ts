import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseBertConfig } from '../../src/graph/architectures/bert-config.js'
import { encodeSafetensors } from '../../src/graph/safetensors.js'
import type { ModelEntry } from '../../src/onnx/manifest.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { randomParameters, randomTensor } from '../graph/tiny-checkpoint.js'

/** What FastEmbed made of a small ColBERT of random parameters, by scripts/make-colbert-fixture.py. */
export interface TinyColbert {
  readonly meta: {
    readonly config: Readonly<Record<string, unknown>>
    readonly dimension: number
    readonly seed: number
    readonly head_seed: number
    readonly checkpoint_sha256: string
  }
  /** A graph whose weights are byte ranges of the checkpoint, by the name of model.onnx_data. */
  readonly onnx_base64: string
  readonly texts: readonly string[]
  /** One for each of FastEmbed's classes. */
  readonly kinds: readonly TinyKind[]
}

export interface TinyKind {
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly max_tokens: number
  /** Rows of each text. */
  readonly documents: readonly (readonly (readonly number[])[])[]
  readonly queries: readonly (readonly (readonly number[])[])[]
}

const FIXTURE = new URL('../parity/fixtures/colbert_tiny.json', import.meta.url)

export async function readTinyColbert(): Promise<TinyColbert> {
  return JSON.parse(await readFile(FIXTURE, 'utf8')) as TinyColbert
}

/** The published form of the model: `bert.*` and `linear.weight`. */
export function encodeTinyCheckpoint({ meta }: TinyColbert): Uint8Array {
  const parameters = randomParameters(parseBertConfig(meta.config), meta.seed)
  const published = Object.entries(parameters).map(([name, tensor]) => [`bert.${name}`, tensor] as const)
  const hidden = parameters['embeddings.LayerNorm.bias']!.values.length
  const head = randomTensor(randomNumbers(meta.head_seed), [meta.dimension, hidden])
  return encodeSafetensors({ ...Object.fromEntries(published), 'linear.weight': head })
}

/**
 * Writes a models folder that holds the model once for each of FastEmbed's classes, by the name of the model that the class is for.
 * @param form what is run: the published checkpoint, or FastEmbed's ONNX file
 */
export async function writeTinyColberts(folder: string, form: 'checkpoint' | 'onnx'): Promise<TinyColbert> {
  const tiny = await readTinyColbert()
  const model = join(folder, 'tiny-colbert')
  await mkdir(model, { recursive: true })
  const weightsFile = form === 'onnx' ? 'model.onnx_data' : 'model.safetensors'
  await writeFile(join(model, weightsFile), encodeTinyCheckpoint(tiny))
  await writeFile(join(model, 'config.json'), JSON.stringify(tiny.meta.config))
  if (form === 'onnx') await writeFile(join(model, 'model.onnx'), Buffer.from(tiny.onnx_base64, 'base64'))
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2', file), join(model, file))
  }
  const names = [weightsFile, 'config.json', 'tokenizer.json', 'tokenizer_config.json']
  if (form === 'onnx') names.push('model.onnx')
  const files = await Promise.all(names.map((name) => describeFile(model, name)))
  const models = tiny.kinds.map(
    ({ name, settings, max_tokens: maxTokens }): ModelEntry => ({
      name,
      kind: 'late',
      architecture: 'colbert',
      ...(form === 'onnx' && { network: 'model.onnx' }),
      folder: 'tiny-colbert',
      files,
      dimension: tiny.meta.dimension,
      maxTokens,
      pooling: null,
      settings,
      licence: 'Apache-2.0',
      source: 'random',
      revision: '1',
    }),
  )
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: 1, models }))
  return tiny
}

async function describeFile(folder: string, path: string) {
  const bytes = await readFile(join(folder, path))
  return { path, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
