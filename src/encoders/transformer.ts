import { InputError, ModelError, rejectUnknownOptions } from '../errors.js'
import type { GraphOutput, Precision } from '../graph/bert-encoder.js'
import { type OpenedModel, openModel } from '../onnx/model-files.js'
import type { OnnxSession } from '../onnx/session.js'
import { type TokenizedText, WordPieceTokenizer } from '../tokenizers/wordpiece.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  type Side,
  throwIfStopped,
} from './encoder.js'
import { openTransformerGraph } from './transformer-graph.js'
import { planRuns } from './transformer-runs.js'

export type { Precision }

export interface TransformerEncoderOptions {
  /** Model of the dense vectors, e.g. `sentence-transformers/all-MiniLM-L6-v2`; without it there are none. */
  readonly dense?: string | undefined
  /** Model of the multivectors, e.g. `offgrid/all-MiniLM-L6-v2-late`; without it there are none. With `dense` it must share its checkpoint. */
  readonly late?: string | undefined
  /** Arithmetic of the linear layers; int8 is faster and a little less exact, least on texts of a few tokens. @default 'fp32' */
  readonly precision?: Precision | undefined
  /** Where a text is cut, special tokens included; 3 … the model's positions. @default the model's (256 for MiniLM) */
  readonly maxTokens?: number | undefined
  /** Intra-op threads of a run, 1 or more. @default 1 */
  readonly threads?: number | undefined
  /** Looked at before `OFFGRID_MODELS` and the bundled models. */
  readonly modelsFolder?: string | undefined
}

const KNOWN_OPTIONS = ['dense', 'late', 'precision', 'maxTokens', 'threads', 'modelsFolder']

/**
 * Dense vectors (L2-normalized) and multivectors (one L2-normalized row per token, `[CLS]` and `[SEP]` included, the same for
 * documents and queries) of a BERT encoder, both from one forward pass.
 *
 * Texts run together only with texts of the same number of tokens: there is no padding and no mask, and the bits of a text's
 * vectors do not depend on its neighbours, its place, or the number of threads.
 */
export class TransformerEncoder implements Encoder {
  /** Floats per dense vector; 0 if there are none. */
  readonly denseDimension: number
  /** Floats per row of a multivector; 0 if there are none. */
  readonly lateDimension: number
  readonly maxTokens: number
  readonly #session: OnnxSession
  readonly #tokenizer: WordPieceTokenizer

  private constructor(
    session: OnnxSession,
    tokenizer: WordPieceTokenizer,
    dimensions: [number, number],
    maxTokens: number,
  ) {
    this.#session = session
    this.#tokenizer = tokenizer
    this.denseDimension = dimensions[0]
    this.lateDimension = dimensions[1]
    this.maxTokens = maxTokens
  }

  /**
   * Checks the model's files, builds its graph where that was not done yet, and opens a session in this thread.
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`, …
   */
  static async open(options: TransformerEncoderOptions): Promise<TransformerEncoder> {
    rejectUnknownOptions(options, KNOWN_OPTIONS, 'TransformerEncoder.open')
    const { precision = 'fp32', threads = 1 } = options
    if (precision !== 'fp32' && precision !== 'int8') {
      throw invalidOption(`precision must be "fp32" or "int8", got ${JSON.stringify(precision)}`)
    }
    if (!Number.isSafeInteger(threads) || threads < 1) throw invalidOption(`threads must be 1 or more, got ${threads}`)
    const { model, late } = await openModels(options)
    const outputs: GraphOutput[] = []
    if (options.dense !== undefined) outputs.push('sentence_embedding')
    if (late !== undefined) outputs.push('late_embeddings')
    const tokenizer = await WordPieceTokenizer.open(model.folder)
    const { session, config, lateDimension } = await openTransformerGraph({ model, late, outputs, threads, precision })
    const maxTokens = options.maxTokens ?? late?.entry.maxTokens ?? model.entry.maxTokens ?? config.maxPositions
    if (!Number.isSafeInteger(maxTokens) || maxTokens <= tokenizer.specialTokens || maxTokens > config.maxPositions) {
      await session.release()
      throw invalidOption(
        `maxTokens must be ${tokenizer.specialTokens + 1} to ${config.maxPositions} for ${model.entry.name}, got ${maxTokens}`,
      )
    }
    const denseDimension = options.dense === undefined ? 0 : config.hiddenSize
    return new TransformerEncoder(session, tokenizer, [denseDimension, lateDimension], maxTokens)
  }

  async encode(texts: readonly string[], _side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    const distinct = [...new Set(texts)]
    const tokenized = distinct.map((text) => this.#tokenizer.encode(text, this.maxTokens))
    const place = new Map(distinct.map((text, i) => [text, i]))
    const order = texts.map((text) => place.get(text)!)
    const target = this.#allocate(tokenized, order)
    const places = order.reduce<number[][]>(
      (lists, i, at) => {
        lists[i]!.push(at)
        return lists
      },
      distinct.map(() => []),
    )

    for (const run of planRuns(tokenized.map(({ inputIds }) => inputIds.length))) {
      throwIfStopped(options)
      await this.#run(run, tokenized, places, target)
    }
    return target
  }

  async close(): Promise<void> {
    await this.#session.release()
  }

  /** The result with room for every vector; `offsets`, `tokens` and `cutTokens` are filled. */
  #allocate(tokenized: readonly TokenizedText[], order: readonly number[]): EncodedBatch {
    const tokens = Uint32Array.from(order, (i) => tokenized[i]!.inputIds.length)
    const cutTokens = Uint32Array.from(order, (i) => tokenized[i]!.cutTokens)
    const batch: { -readonly [key in keyof EncodedBatch]: EncodedBatch[key] } = { tokens, cutTokens }
    if (this.denseDimension > 0) {
      const values = new Float32Array(order.length * this.denseDimension)
      batch.dense = { dimension: this.denseDimension, values }
    }
    if (this.lateDimension > 0) {
      const offsets = new Uint32Array(order.length + 1)
      for (let i = 0; i < order.length; i++) offsets[i + 1] = offsets[i]! + tokens[i]!
      const values = new Float32Array(offsets[order.length]! * this.lateDimension)
      batch.late = { dimension: this.lateDimension, offsets, values }
    }
    return batch
  }

  /** Runs texts of equal length together and copies their vectors to every place where a text stands. */
  async #run(
    run: readonly number[],
    tokenized: readonly TokenizedText[],
    places: readonly (readonly number[])[],
    { dense, late }: EncodedBatch,
  ): Promise<void> {
    const length = tokenized[run[0]!]!.inputIds.length
    const inputIds = new Int32Array(run.length * length)
    for (const [row, i] of run.entries()) inputIds.set(tokenized[i]!.inputIds, row * length)
    const outputs = await this.#session.run(inputIds, run.length, length)
    for (const [row, i] of run.entries()) {
      for (const at of places[i]!) {
        if (dense !== undefined) {
          const vector = rowsOf(outputs.sentence_embedding?.values, row, dense.dimension)
          dense.values.set(vector, at * dense.dimension)
        }
        if (late !== undefined) {
          const rows = rowsOf(outputs.late_embeddings?.values, row, length * late.dimension)
          late.values.set(rows, late.offsets[at]! * late.dimension)
        }
      }
    }
  }
}

function rowsOf(values: Float32Array | undefined, row: number, size: number): Float32Array {
  if (values === undefined) throw new ModelError('RUN_FAILED', 'The graph gave no such output; remove its file.')
  return values.subarray(row * size, (row + 1) * size)
}

/** The model with the checkpoint, and the late-interaction model on top of it where one is asked for. */
async function openModels(options: TransformerEncoderOptions): Promise<{ model: OpenedModel; late?: OpenedModel }> {
  const files = { modelsFolder: options.modelsFolder }
  const dense = options.dense === undefined ? undefined : await openModel(options.dense, files)
  const late = options.late === undefined ? undefined : await openModel(options.late, files)
  if (dense !== undefined && dense.entry.kind !== 'dense') throw notSuitable(dense, 'dense vectors')
  if (late !== undefined && (late.entry.kind !== 'late' || late.base === undefined))
    throw notSuitable(late, 'multivectors')
  const model = dense ?? late?.base
  if (model === undefined) throw invalidOption('name a model: dense, late or both')
  if (late === undefined) return { model }
  if (late.base?.folder !== model.folder) {
    throw invalidOption(`${late.entry.name} needs ${late.base?.entry.name}, not ${model.entry.name}: open two encoders`)
  }
  return { model, late }
}

function notSuitable({ entry }: OpenedModel, wanted: string): InputError {
  return new InputError(
    'MODEL_NOT_SUITABLE',
    `${entry.name} is a model of kind "${entry.kind}"; it gives no ${wanted} here.`,
  )
}

function invalidOption(what: string): InputError {
  return new InputError('INVALID_OPTION', `TransformerEncoder: ${what}.`)
}
