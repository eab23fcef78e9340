import { ModelError, optionError } from '../../errors.js'
import type { GraphOutput } from '../../graph/graph-output.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import type { RunOutput } from '../../onnx/session.js'
import { invalidOption, requireCount } from '../../options.js'
import type { TextTokenizer, TokenizedText } from '../../tokenizers/tokenizer.js'
import { shortenDense } from '../../vectors/shorten-dense.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  requireTokens,
  type Side,
  throwIfStopped,
} from '../encoder.js'
import { isOnnx, type Network, type NetworkInputs, openNetwork } from '../network/network.js'
import { openModelTokenizer } from '../network/open-model-tokenizer.js'
import { planRuns, RUN_TOKENS } from '../network/transformer-runs.js'
import { resolvePrefixes } from '../prefixes.js'
import { type DenseForm, poolTokens } from './pool-tokens.js'
import {
  openTransformerModels,
  requireTransformerOptions,
  type TransformerEncoderOptions,
} from './transformer-options.js'
import { readTransformerSettings, type TransformerSettings } from './transformer-settings.js'

/** What an encoder is made of, once everything is open. */
interface Parts {
  readonly network: Network
  readonly tokenizer: TextTokenizer
  readonly maxTokens: number
  /** How dense vectors are made of which output; null if there are none. */
  readonly dense: (DenseForm & { readonly output: GraphOutput; readonly dimension: number }) | null
  readonly prefixes: Readonly<Record<Side, string>>
  readonly settings: TransformerSettings
}

/**
 * Dense vectors (L2-normalized, unless the model or an option says otherwise) and multivectors (one L2-normalized row per token,
 * `[CLS]` and `[SEP]` included, the same for documents and queries) of a transformer, both from one forward pass.
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
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
    this.denseDimension = parts.dense?.dimension ?? 0
    this.lateDimension = parts.network.lateDimension
    this.maxTokens = parts.maxTokens
  }

  /**
   * Checks the model's files, builds a checkpoint's graph where that was not done yet, and opens a session in this thread.
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`, `GRAPH_UNSUPPORTED`, `TOKENIZER_UNSUPPORTED`, …
   */
  static async open(options: TransformerEncoderOptions): Promise<TransformerEncoder> {
    requireTransformerOptions(options)
    const { model, late } = await openTransformerModels(options)
    const { entry } = model
    const prefixes = resolvePrefixes(options.prefixes, entry)
    const { tasks, ...settings } = readTransformerSettings(entry)
    if (options.task !== undefined && tasks === undefined) {
      throw invalidOption(entry.name, 'task', 'left out, since the model has no tasks', options.task)
    }
    const dense = options.dense === undefined ? null : denseForm(options, entry)
    // a graph of our own pools as it runs, where it can
    const isPooled = !isOnnx(model) && dense !== null && poolsInGraph(dense, entry)
    const output = isPooled ? 'sentence_embedding' : 'last_hidden_state'
    const outputs: GraphOutput[] = []
    if (dense !== null) outputs.push(output)
    if (late !== undefined) outputs.push('late_embeddings')
    const tokenizer = await openModelTokenizer(model)
    const { precision, threads } = options
    const network = await openNetwork(model, { outputs, precision, threads, late })
    const positions = network.maxPositions ?? Number.POSITIVE_INFINITY
    const maxTokens = options.maxTokens ?? late?.entry.maxTokens ?? entry.maxTokens ?? positions
    if (!Number.isSafeInteger(maxTokens) || maxTokens <= tokenizer.specialTokens || maxTokens > positions) {
      await network.release()
      throw invalidOption(entry.name, 'maxTokens', `${tokenizer.specialTokens + 1} to ${positions}`, maxTokens)
    }
    return new TransformerEncoder({
      network,
      tokenizer,
      maxTokens,
      dense: dense && { ...dense, output },
      prefixes,
      settings:
        tasks === undefined ? settings : { ...settings, tasks: { ...tasks, document: options.task ?? tasks.document } },
    })
  }

  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    const { tokenizer, network } = this.#parts
    const prefix = this.#parts.prefixes[side]
    const distinct = [...new Set(texts)]
    const tokenized = distinct.map((text) => tokenizer.encode(prefix + text, this.maxTokens))
    const lengths = tokenized.map(({ inputIds }) => inputIds.length)
    // where texts are filled up there are tokens
    if (this.#parts.settings.padId === undefined) requireTokens(lengths)
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
    for (const run of planRuns(lengths, network.runsAlone ? 0 : RUN_TOKENS)) {
      throwIfStopped(options)
      await this.#run(run, side, tokenized, places, target)
    }
    return target
  }

  async close(): Promise<void> {
    await this.#parts.network.release()
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
    side: Side,
    tokenized: readonly TokenizedText[],
    places: readonly (readonly number[])[],
    target: EncodedBatch,
  ): Promise<void> {
    const length = tokenized[run[0]!]!.inputIds.length
    const { network, dense } = this.#parts
    const { inputs, tokens } = this.#inputsOf(run, length, side, tokenized)
    const outputs = await network.run(inputs, run.length, tokens)
    const pooled = dense === null ? undefined : outputs[dense.output]
    for (const [row, i] of run.entries()) {
      const [first, ...others] = places[i]!
      if (target.dense !== undefined) {
        const { dimension, values } = target.dense
        const vector = values.subarray(first! * dimension, (first! + 1) * dimension)
        this.#writeDense(pooled, row, vector)
        for (const at of others) values.set(vector, at * dimension)
      }
      if (target.late !== undefined) {
        const { dimension, offsets, values } = target.late
        const rows = rowsOf(outputs.late_embeddings, row, length * dimension)
        for (const at of places[i]!) values.set(rows, offsets[at]! * dimension)
      }
    }
  }

  #writeDense(output: RunOutput | undefined, row: number, vector: Float32Array): void {
    const { dense } = this.#parts
    if (output === undefined || dense === null) throw missingOutput()
    const { hidden, dimension, normalize } = dense
    const whole = dimension === hidden ? vector : new Float32Array(hidden)
    const isPooled = dense.output === 'sentence_embedding' && output.shape.at(-1) === hidden
    if (isPooled) whole.set(rowsOf(output, row, hidden))
    else poolTokens(output, row, dense, whole)
    if (whole !== vector) shortenDense(whole, normalize, vector)
  }

  #inputsOf(
    run: readonly number[],
    length: number,
    side: Side,
    tokenized: readonly TokenizedText[],
  ): { inputs: NetworkInputs; tokens: number } {
    const { padId, tasks } = this.#parts.settings
    const tokens = padId === undefined ? length : this.maxTokens
    const inputIds = new Int32Array(run.length * tokens)
    if (padId !== undefined) inputIds.fill(padId)
    for (const [row, i] of run.entries()) inputIds.set(tokenized[i]!.inputIds, row * tokens)
    const scalars = tasks && { task_id: tasks[side] }
    if (padId === undefined) return { inputs: { inputIds, scalars }, tokens }
    const attentionMask = new Int32Array(inputIds.length)
    for (let row = 0; row < run.length; row++) attentionMask.fill(1, row * tokens, row * tokens + length)
    return { inputs: { inputIds, scalars, attentionMask }, tokens }
  }
}

/** Whether the graph of a checkpoint makes the finished vector. @throws ModelError `MANIFEST_INVALID` for layers behind a pooling that it does not know */
function poolsInGraph({ pooling, normalize }: DenseForm, { name, steps }: ModelEntry): boolean {
  const isKnown = ['mean', 'cls'].includes(pooling)
  if (steps === undefined) return isKnown && normalize
  if (isKnown) return true
  throw new ModelError(
    'MANIFEST_INVALID',
    `${name}: layers behind a pooling by "${pooling}" cannot be built, only behind mean and cls.`,
  )
}

/** @throws InputError `INVALID_OPTION` if more floats are wanted than there are */
function denseForm({ dimensions }: TransformerEncoderOptions, entry: ModelEntry): DenseForm & { dimension: number } {
  const { name, dimension: hidden, pooling, normalize = true } = entry
  if (hidden === null) throw optionError(`The manifest states no dimension of ${name}.`)
  requireCount(name, 'dimensions', dimensions, 1, hidden)
  return { pooling: pooling ?? 'mean', normalize, hidden, dimension: dimensions ?? hidden }
}

function rowsOf(output: RunOutput | undefined, row: number, size: number): Float32Array {
  if (output === undefined) throw missingOutput()
  return output.values.subarray(row * size, (row + 1) * size)
}

function missingOutput(): ModelError {
  return new ModelError('RUN_FAILED', 'The graph gave no such output; remove its file.')
}
