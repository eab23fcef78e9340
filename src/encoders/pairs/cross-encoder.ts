import { InputError, ModelError } from '../../errors.js'
import { addCustomModels } from '../../onnx/custom-models.js'
import { architectureOf } from '../../onnx/manifest.js'
import { type FoundModel, openModel } from '../../onnx/model-files.js'
import { rejectUnknownOptions } from '../../options.js'
import type { TextTokenizer, TokenizedPair } from '../../tokenizers/tokenizer.js'
import { type EncodeOptions, requireTokens, throwIfStopped } from '../encoder.js'
import { type Network, openNetwork } from '../network/network.js'
import type { NetworkEncoderOptions } from '../network/network-encoder-options.js'
import { openModelTokenizer } from '../network/open-model-tokenizer.js'
import { resolveMaxTokens } from '../network/token-limit.js'
import { planRuns, RUN_TOKENS } from '../network/transformer-runs.js'
import { requireFinite } from '../require-finite.js'
import { type PairScorer, requirePairs, type ScoredPairs, type TextPair } from './pair-scorer.js'

/** Which model scores pairs and how, in plain data that can cross a thread. */
export interface CrossEncoderSpec extends NetworkEncoderOptions {
  /** Name of a reranker, e.g. `Xenova/ms-marco-MiniLM-L-6-v2`. */
  readonly reranker: string
  /** Models that stand in no manifest, added with `addCustomModel`; a thread knows them by its spec alone. */
  readonly custom?: readonly FoundModel[]
}

const OPTION_NAMES = ['reranker', 'precision', 'maxTokens', 'threads', 'modelsFolder', 'custom']

interface Parts {
  /** Of the model, for messages. */
  readonly name: string
  readonly network: Network
  readonly tokenizer: TextTokenizer
  readonly maxTokens: number
}

/**
 * A cross-encoder: query and document go through the network together, and the first logit is the score, as it is.
 * Only pairs of the same number of tokens run together, without padding, so that a pair's score is the same in any company.
 * @see https://arxiv.org/abs/1901.04085
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/rerank/cross_encoder/onnx_text_model.py
 */
export class CrossEncoder implements PairScorer {
  readonly maxTokens: number
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
    this.maxTokens = parts.maxTokens
  }

  /**
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`, `GRAPH_UNSUPPORTED`, `TOKENIZER_UNSUPPORTED`, …
   */
  static async open(spec: CrossEncoderSpec): Promise<CrossEncoder> {
    rejectUnknownOptions(spec, OPTION_NAMES, spec.reranker)
    if (spec.custom !== undefined) addCustomModels(spec.custom)
    const { precision, threads } = spec
    const model = await openModel(spec.reranker, { modelsFolder: spec.modelsFolder })
    const { entry } = model
    if (architectureOf(entry) !== 'cross-encoder') {
      throw new InputError(
        'MODEL_NOT_SUITABLE',
        `${entry.name} is a model of kind "${entry.kind}" (${architectureOf(entry)}); it scores no pairs.`,
      )
    }
    const tokenizer = await openModelTokenizer(model)
    const network = await openNetwork(model, { outputs: ['logits'], precision, threads, typeInput: true })
    try {
      const maxTokens = resolveMaxTokens(spec.maxTokens, model, network, tokenizer.pairSpecialTokens + 2)
      return new CrossEncoder({ name: entry.name, network, tokenizer, maxTokens })
    } catch (error) {
      await network.release()
      throw error
    }
  }

  /** @throws InputError `INVALID_DOCUMENT` for a pair without tokens; ModelError `VECTOR_NOT_FINITE` */
  async score(pairs: readonly TextPair[], options?: EncodeOptions): Promise<ScoredPairs> {
    requirePairs(pairs)
    throwIfStopped(options)
    const { network, tokenizer } = this.#parts
    const tokenized = pairs.map(([query, document]) => tokenizer.encodePair(query, document, this.maxTokens))
    const scores = new Float32Array(pairs.length)
    const lengths = tokenized.map(({ inputIds }) => inputIds.length)
    requireTokens(lengths)
    for (const run of planRuns(lengths, network.runsAlone ? 0 : RUN_TOKENS)) {
      throwIfStopped(options)
      const found = await this.#run(run.map((i) => tokenized[i]!))
      for (const [row, i] of run.entries()) scores[i] = found[row]!
    }
    requireFinite(scores, this.#parts.name)
    return {
      scores,
      tokens: Uint32Array.from(lengths),
      cutTokens: Uint32Array.from(tokenized, ({ cutTokens }) => cutTokens),
    }
  }

  async close(): Promise<void> {
    await this.#parts.network.release()
  }

  /** The first logit of each pair; all have the same number of tokens. */
  async #run(pairs: readonly TokenizedPair[]): Promise<Float32Array> {
    const tokens = pairs[0]!.inputIds.length
    const inputIds = new Int32Array(pairs.length * tokens)
    const tokenTypeIds = new Int32Array(pairs.length * tokens)
    for (const [row, pair] of pairs.entries()) {
      inputIds.set(pair.inputIds, row * tokens)
      tokenTypeIds.set(pair.tokenTypeIds, row * tokens)
    }
    const { logits } = await this.#parts.network.run({ inputIds, tokenTypeIds }, pairs.length, tokens)
    const labels = logits?.shape[1]
    if (logits === undefined || labels === undefined || logits.shape.length !== 2) {
      throw new ModelError('GRAPH_UNSUPPORTED', `Expected logits [pairs, labels], got [${logits?.shape}].`)
    }
    return Float32Array.from(pairs, (_, row) => logits.values[row * labels]!)
  }
}
