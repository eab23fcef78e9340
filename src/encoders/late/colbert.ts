import { join } from 'node:path'
import { InputError, ModelError } from '../../errors.js'
import { PRECISIONS } from '../../graph/precision.js'
import { architectureOf } from '../../onnx/manifest.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'
import { invalidOption, rejectUnknownOptions, requireChoice, requireCount } from '../../options.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  type Side,
  throwIfStopped,
} from '../encoder.js'
import { type Network, openNetwork } from '../network/network.js'
import type { NetworkEncoderOptions } from '../network/network-encoder-options.js'
import { openModelTokenizer } from '../network/open-model-tokenizer.js'
import { planRuns, RUN_TOKENS } from '../network/transformer-runs.js'
import { normalizeRows } from './colbert-rows.js'
import { readColbertSettings } from './colbert-settings.js'
import { ColbertTokenizer, type ColbertTokens } from './colbert-tokenizer.js'

export interface ColbertEncoderOptions extends NetworkEncoderOptions {
  /** Name of a model, e.g. `colbert-ir/colbertv2.0`. */
  readonly model: string
}

const KNOWN_OPTIONS = ['model', 'precision', 'maxTokens', 'threads', 'modelsFolder']

const OUTPUT = 'colbert_embeddings'

/**
 * Multivectors of a ColBERT model, one L2-normalized row per token, from its published checkpoint or from an ONNX file.
 *
 * A document is `[CLS] [D] tokens [SEP]` and has no rows for punctuation; a query is `[CLS] [Q] tokens [SEP]`, filled up with
 * `[MASK]` to 32 tokens, and has a row for each of them. Texts run together only with texts of the same number of tokens.
 * @see https://arxiv.org/abs/2112.01488
 */
export class ColbertEncoder implements Encoder {
  /** Floats per row. */
  readonly lateDimension: number
  readonly maxTokens: number
  readonly #network: Network
  readonly #tokenizer: ColbertTokenizer

  private constructor(network: Network, tokenizer: ColbertTokenizer, dimension: number, maxTokens: number) {
    this.#network = network
    this.#tokenizer = tokenizer
    this.lateDimension = dimension
    this.maxTokens = maxTokens
  }

  /**
   * Checks the model's files, builds the graph of a checkpoint where that was not done yet, and opens a session in this thread.
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MANIFEST_INVALID`, `TOKENIZER_UNSUPPORTED`, `CHECKPOINT_UNSUPPORTED`, …
   */
  static async open(options: ColbertEncoderOptions): Promise<ColbertEncoder> {
    rejectUnknownOptions(options, KNOWN_OPTIONS, options.model)
    const { precision = 'fp32', threads = 1, modelsFolder } = options
    requireChoice(options.model, 'precision', precision, PRECISIONS)
    requireCount(options.model, 'threads', threads)
    const model = await openModel(options.model, { modelsFolder })
    const dimension = requireColbert(model)
    const settings = readColbertSettings(model.entry)
    const files = await openModelTokenizer(model)
    const tokenizer = new ColbertTokenizer(files, settings, join(model.folder, 'tokenizer.json'))
    const hasUnattended = settings.queryTokens !== null && !settings.attendToMaskTokens
    const network = await openNetwork(model, { outputs: [OUTPUT], precision, threads, maskInput: hasUnattended })
    try {
      const maxTokens = resolveMaxTokens(options.maxTokens, model, tokenizer.specialTokens, network.maxPositions)
      return new ColbertEncoder(network, tokenizer, dimension, maxTokens)
    } catch (error) {
      await network.release()
      throw error
    }
  }

  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    const tokenized = new Map<string, ColbertTokens>()
    for (const text of texts) {
      if (!tokenized.has(text)) tokenized.set(text, this.#tokenizer.tokenize(text, side, this.maxTokens))
    }
    const distinct = [...tokenized.values()]
    const rows: Float32Array[] = []
    const lengths = distinct.map(({ inputIds }) => inputIds.length)
    for (const run of planRuns(lengths, this.#network.runsAlone ? 0 : RUN_TOKENS)) {
      throwIfStopped(options)
      for (const [i, values] of (await this.#run(run.map((i) => distinct[i]!))).entries()) rows[run[i]!] = values
    }
    return this.#join(texts, tokenized, new Map([...tokenized.keys()].map((text, i) => [text, rows[i]!])))
  }

  async close(): Promise<void> {
    await this.#network.release()
  }

  /** The kept rows of texts of equally many tokens, normalized: float32 [kept rows, dimension] each. */
  async #run(texts: readonly ColbertTokens[]): Promise<Float32Array[]> {
    const length = texts[0]!.inputIds.length
    const inputIds = new Int32Array(texts.length * length)
    const attentionMask = new Int32Array(texts.length * length)
    for (const [i, text] of texts.entries()) {
      inputIds.set(text.inputIds, i * length)
      attentionMask.fill(1, i * length, i * length + text.attendedTokens)
    }
    const outputs = await this.#network.run({ inputIds, attentionMask }, texts.length, length)
    const values = this.#requireRows(outputs[OUTPUT], texts.length, length)
    return texts.map(({ keptRows }, i) => {
      const kept = new Float32Array(keptRows.length * this.lateDimension)
      for (const [at, row] of keptRows.entries()) {
        const begin = (i * length + row) * this.lateDimension
        kept.set(values.subarray(begin, begin + this.lateDimension), at * this.lateDimension)
      }
      return normalizeRows(kept, this.lateDimension)
    })
  }

  #requireRows(output: { shape: readonly number[]; values: Float32Array } | undefined, batch: number, tokens: number) {
    const expected = [batch, tokens, this.lateDimension]
    if (output !== undefined && String(output.shape) === String(expected)) return output.values
    throw new ModelError(
      'GRAPH_UNSUPPORTED',
      `The ColBERT graph: expected an output [${expected}], got [${output?.shape ?? 'nothing'}]. Correct the dimension or the output in the manifest.`,
    )
  }

  /** One multivector for each text, equal texts sharing what was computed once. */
  #join(
    texts: readonly string[],
    tokenized: ReadonlyMap<string, ColbertTokens>,
    rows: ReadonlyMap<string, Float32Array>,
  ): EncodedBatch {
    const offsets = new Uint32Array(texts.length + 1)
    for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + tokenized.get(text)!.keptRows.length
    const values = new Float32Array(offsets[texts.length]! * this.lateDimension)
    for (const [i, text] of texts.entries()) values.set(rows.get(text)!, offsets[i]! * this.lateDimension)
    return {
      late: { dimension: this.lateDimension, offsets, values },
      tokens: Uint32Array.from(texts, (text) => tokenized.get(text)!.tokens),
      cutTokens: Uint32Array.from(texts, (text) => tokenized.get(text)!.cutTokens),
    }
  }
}

/** The floats per row of a ColBERT model. */
function requireColbert({ entry }: OpenedModel): number {
  if (architectureOf(entry) === 'colbert' && entry.dimension !== null) return entry.dimension
  throw new InputError(
    'MODEL_NOT_SUITABLE',
    `Expected a ColBERT model with a dimension, got ${entry.name}, which is a model of kind "${entry.kind}" (${architectureOf(entry)}).`,
  )
}

function resolveMaxTokens(
  wanted: number | undefined,
  { entry }: OpenedModel,
  specialTokens: number,
  positions: number | null,
): number {
  const limit = positions ?? entry.maxTokens ?? Number.MAX_SAFE_INTEGER
  const maxTokens = wanted ?? entry.maxTokens ?? limit
  if (Number.isSafeInteger(maxTokens) && maxTokens > specialTokens && maxTokens <= limit) return maxTokens
  throw invalidOption(entry.name, 'maxTokens', `${specialTokens + 1} to ${limit}`, maxTokens)
}
