import { join } from 'node:path'
import { InputError, ModelError } from '../../errors.js'
import { openCheckpoint } from '../../graph/safetensors.js'
import { readTensorAsFloats } from '../../graph/tensor-values.js'
import { architectureOf, CHECKPOINT_FILE } from '../../onnx/manifest.js'
import { openModel } from '../../onnx/model-files.js'
import { rejectUnknownOptions, requireCount } from '../../options.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { shortenDense } from '../../vectors/shorten-dense.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  type Side,
  throwIfStopped,
} from '../encoder.js'
import { openModelTokenizer } from '../network/open-model-tokenizer.js'
import { SharedValues } from '../network/shared-values.js'
import { resolvePrefixes } from '../prefixes.js'
import { type DenseForm, poolTokens } from './pool-tokens.js'
import type { DenseEncoderOptions } from './transformer-options.js'

/** `precision` and `threads` are without effect: there is no network. */
export interface StaticEncoderOptions extends DenseEncoderOptions {
  /** Name of the model, e.g. `minishlab/potion-base-8M`. */
  readonly dense: string
}

const KNOWN_OPTIONS = [
  'dense',
  'maxTokens',
  'normalize',
  'dimensions',
  'prefixes',
  'modelsFolder',
  'precision',
  'threads',
]

/** Where model2vec and FastEmbed cut, whatever the tokenizer's files say. */
export const STATIC_MAX_TOKENS = 512

/** The tensors of a static model. */
interface TokenVectors {
  readonly dimension: number
  /** float32 [rows, dimension] */
  readonly embeddings: Float32Array
  /** Weight of each token, where tokens share rows. */
  readonly weights: Float32Array | null
  /** Row of each token, where tokens share rows. */
  readonly rows: Float32Array | null
}

/** Those of this thread: encoders of one model with other options have them together. */
const tokenVectors = new SharedValues<TokenVectors>()

/**
 * Dense vectors without a network (model2vec): the weighted mean of a text's token vectors, L2-normalized. Unknown tokens are
 * left out; a text of nothing else has a vector of zeros.
 * @see https://github.com/MinishLab/model2vec
 */
export class StaticEncoder implements Encoder {
  /** Floats per vector. */
  readonly denseDimension: number
  readonly maxTokens: number
  readonly #tokenizer: TextTokenizer
  readonly #vectors: TokenVectors
  readonly #form: DenseForm
  readonly #prefixes: Readonly<Record<Side, string>>

  private constructor(
    tokenizer: TextTokenizer,
    vectors: TokenVectors,
    form: DenseForm,
    dimension: number,
    maxTokens: number,
    prefixes: Readonly<Record<Side, string>>,
  ) {
    this.#tokenizer = tokenizer
    this.#vectors = vectors
    this.#form = form
    this.#prefixes = prefixes
    this.denseDimension = dimension
    this.maxTokens = maxTokens
  }

  /**
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_INVALID`, `CHECKPOINT_UNSUPPORTED`, `TOKENIZER_UNSUPPORTED`
   */
  static async open(options: StaticEncoderOptions): Promise<StaticEncoder> {
    refuseNetworkOptions(options)
    rejectUnknownOptions(options, KNOWN_OPTIONS, options.dense)
    const model = await openModel(options.dense, { modelsFolder: options.modelsFolder })
    const { entry, folder } = model
    if (architectureOf(entry) !== 'static') {
      throw new InputError('MODEL_NOT_SUITABLE', `${entry.name} is no static model, but ${architectureOf(entry)}.`)
    }
    const read = () => readTokenVectors(join(folder, entry.network ?? CHECKPOINT_FILE))
    const vectors = await tokenVectors.get(JSON.stringify([folder, entry]), read)
    const hidden = vectors.dimension
    const dimension = options.dimensions ?? hidden
    const maxTokens = options.maxTokens ?? entry.maxTokens ?? STATIC_MAX_TOKENS
    requireCount(entry.name, 'dimensions', dimension, 1, hidden)
    requireCount(entry.name, 'maxTokens', maxTokens)
    const normalize = options.normalize ?? entry.normalize ?? true
    const prefixes = resolvePrefixes(options.prefixes, entry)
    const form: DenseForm = { pooling: 'mean', hidden, normalize }
    return new StaticEncoder(await openModelTokenizer(model), vectors, form, dimension, maxTokens, prefixes)
  }

  /** `tokens` counts the tokens of a text after the cut, unknown ones included. */
  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    const tokens = new Uint32Array(texts.length)
    const cutTokens = new Uint32Array(texts.length)
    const values = new Float32Array(texts.length * this.denseDimension)
    for (const [i, text] of texts.entries()) {
      throwIfStopped(options)
      const tokenized = this.#tokenizer.encodeBare(this.#prefixes[side] + text, this.maxTokens)
      tokens[i] = tokenized.inputIds.length
      cutTokens[i] = tokenized.cutTokens
      const target = values.subarray(i * this.denseDimension, (i + 1) * this.denseDimension)
      this.#addUp(
        tokenized.inputIds.filter((id) => id !== this.#tokenizer.unknownId),
        target,
      )
    }
    return { dense: { dimension: this.denseDimension, values }, tokens, cutTokens }
  }

  async close(): Promise<void> {}

  #addUp(inputIds: Int32Array, target: Float32Array): void {
    if (inputIds.length === 0) return
    const { dimension, embeddings, weights, rows } = this.#vectors
    const found = new Float32Array(inputIds.length * dimension)
    for (const [token, id] of inputIds.entries()) {
      const row = rows === null ? id : (rows[id] ?? Number.POSITIVE_INFINITY)
      if ((row + 1) * dimension > embeddings.length) throw noRow(id)
      const weight = weights === null ? 1 : weights[id]
      if (weight === undefined) throw noRow(id)
      for (let i = 0; i < dimension; i++) found[token * dimension + i] = embeddings[row * dimension + i]! * weight
    }
    const whole = this.denseDimension === dimension ? target : new Float32Array(dimension)
    poolTokens({ shape: [1, inputIds.length, dimension], values: found }, 0, this.#form, whole)
    if (whole !== target) shortenDense(whole, this.#form.normalize, target)
  }
}

async function readTokenVectors(path: string): Promise<TokenVectors> {
  const checkpoint = await openCheckpoint(path)
  const { shape, values: embeddings } = await readTensorAsFloats(checkpoint, 'embeddings')
  const [rowCount, dimension] = shape
  if (shape.length !== 2 || !rowCount || !dimension) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${path}: expected "embeddings" [tokens, dimension], got [${shape}].`,
    )
  }
  const read = async (name: string): Promise<Float32Array | null> =>
    checkpoint.tensors.has(name) ? (await readTensorAsFloats(checkpoint, name)).values : null
  const [weights, rows] = [await read('weights'), await read('mapping')]
  if (rows !== null && !rows.every((row) => row >= 0 && row < rowCount)) {
    throw new ModelError('CHECKPOINT_UNSUPPORTED', `${path}: "mapping" names a row that "embeddings" does not have.`)
  }
  return { dimension, embeddings, weights, rows }
}

function noRow(id: number): ModelError {
  return new ModelError(
    'CHECKPOINT_UNSUPPORTED',
    `The tokenizer gives the id ${id}, for which the model has no vector.`,
  )
}

/** @throws InputError `UNKNOWN_OPTION` for what only a model with a network has */
function refuseNetworkOptions({ dense, ...options }: StaticEncoderOptions): void {
  const foreign = ['pooling', 'task'].find((name) => (options as Record<string, unknown>)[name] !== undefined)
  if (foreign === undefined) return
  throw new InputError(
    'UNKNOWN_OPTION',
    `${dense} has no option "${foreign}": it is a static model, whose vectors are means of token vectors, and runs no network. Of its own it has maxTokens, normalize, dimensions, prefixes.`,
  )
}
