import { ModelError } from '../../errors.js'
import type { GraphOutput } from '../../graph/graph-output.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import type { RunOutput } from '../../onnx/session.js'
import type { TextTokenizer, TokenizedText } from '../../tokenizers/tokenizer.js'
import { SparseBatchBuilder } from '../bm25/bm25-sparse-batch.js'
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
import { resolveMaxTokens } from '../network/token-limit.js'
import { planRuns, RUN_TOKENS } from '../network/transformer-runs.js'
import type { TokenWeights } from './token-weights.js'

/** How one model makes a sparse vector of what its network gives for a text. */
export interface SparseReader {
  /** The output of the network that is read. */
  readonly output: GraphOutput | (string & {})
  /** The vector of a text. @param output of this text alone, without the axis of the batch */
  read(inputIds: Int32Array, output: RunOutput, side: Side): TokenWeights
  /** The vector of a query, where it takes no network. */
  readonly readQuery?: (inputIds: Int32Array) => TokenWeights
  close?(): Promise<void>
}

export type OpenSparseReader = (model: OpenedModel, tokenizer: TextTokenizer) => Promise<SparseReader>

interface Parts {
  readonly reader: SparseReader
  readonly network: Network
  readonly tokenizer: TextTokenizer
  readonly maxTokens: number
}

/**
 * Sparse vectors of a network: SPLADE, BM42 and miniCOIL, by their {@link SparseReader}. Texts run together only with texts of the
 * same number of tokens, so that a text's vector is the same in any company.
 */
export class SparseNetworkEncoder implements Encoder {
  readonly maxTokens: number
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
    this.maxTokens = parts.maxTokens
  }

  /**
   * @param openReader of the model; it is closed with the encoder
   * @throws InputError `INVALID_OPTION`
   * @throws ModelError `CHECKPOINT_UNSUPPORTED`, `GRAPH_UNSUPPORTED`, `TOKENIZER_UNSUPPORTED`, …; what `openReader` throws
   */
  static async open(
    model: OpenedModel,
    options: NetworkEncoderOptions,
    openReader: OpenSparseReader,
  ): Promise<SparseNetworkEncoder> {
    const { precision, threads, maxTokens } = options
    const tokenizer = await openModelTokenizer(model)
    const reader = await openReader(model, tokenizer)
    let network: Network | undefined
    try {
      network = await openNetwork(model, { outputs: [reader.output], precision, threads })
      const limit = resolveMaxTokens(maxTokens, model, network, tokenizer.specialTokens + 1)
      return new SparseNetworkEncoder({ reader, network, tokenizer, maxTokens: limit })
    } catch (error) {
      await network?.release()
      await reader.close?.()
      throw error
    }
  }

  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    throwIfStopped(options)
    const { tokenizer, reader } = this.#parts
    const distinct = [...new Set(texts)]
    const tokenized = distinct.map((text) => tokenizer.encode(text, this.maxTokens))
    const { readQuery } = reader
    const vectors =
      side === 'query' && readQuery !== undefined
        ? tokenized.map(({ inputIds }) => readQuery(inputIds))
        : await this.#run(tokenized, side, options)

    const place = new Map(distinct.map((text, i) => [text, i]))
    const order = texts.map((text) => place.get(text)!)
    const batch = new SparseBatchBuilder(texts.length)
    for (const i of order) batch.add(vectors[i]!.ids, vectors[i]!.weights, true)
    return {
      sparse: batch.finish(),
      tokens: Uint32Array.from(order, (i) => tokenized[i]!.inputIds.length),
      cutTokens: Uint32Array.from(order, (i) => tokenized[i]!.cutTokens),
    }
  }

  async close(): Promise<void> {
    try {
      await this.#parts.network.release()
    } finally {
      await this.#parts.reader.close?.()
    }
  }

  async #run(
    tokenized: readonly TokenizedText[],
    side: Side,
    options: EncodeOptions | undefined,
  ): Promise<TokenWeights[]> {
    const { network, reader } = this.#parts
    const vectors: TokenWeights[] = []
    const lengths = tokenized.map(({ inputIds }) => inputIds.length)
    for (const run of planRuns(lengths, network.runsAlone ? 0 : RUN_TOKENS)) {
      throwIfStopped(options)
      const length = lengths[run[0]!]!
      if (length === 0) {
        // nothing to run on, and no term: as BM25 has none of an empty text
        for (const i of run) vectors[i] = { ids: new Uint32Array(), weights: new Float64Array() }
        continue
      }
      const inputIds = new Int32Array(run.length * length)
      for (const [row, i] of run.entries()) inputIds.set(tokenized[i]!.inputIds, row * length)
      const output = (await network.run({ inputIds }, run.length, length))[reader.output]
      if (output === undefined) throw new ModelError('RUN_FAILED', `The graph gave no output ${reader.output}.`)
      for (const [row, i] of run.entries()) vectors[i] = reader.read(tokenized[i]!.inputIds, rowOf(output, row), side)
    }
    return vectors
  }
}

/** What an output says of one text of a run. */
function rowOf({ shape: [batch, ...shape], values }: RunOutput, row: number): RunOutput {
  const size = values.length / batch!
  return { shape, values: values.subarray(row * size, (row + 1) * size) }
}
