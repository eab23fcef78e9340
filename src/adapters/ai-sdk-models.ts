import type {
  EmbeddingModelV3,
  EmbeddingModelV3CallOptions,
  EmbeddingModelV3Result,
  RerankingModelV3,
  RerankingModelV3CallOptions,
} from '@ai-sdk/provider'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { requireChoice } from '../options.js'
import { type AdapterEmbeddingOptions, DenseTexts } from './dense-texts.js'
import { type AdapterRerankerOptions, RankedDocuments } from './ranked-documents.js'

/**
 * Dense vectors for `embed` and `embedMany` of the AI SDK, and for what takes its models, such as Mastra. The model is opened at the first
 * text. `providerOptions: { offgrid: { as: 'query' } }` embeds questions, for models that tell them from documents.
 * @example
 * const model = new OffgridEmbeddingModel()
 * const { embedding } = await embed({ model, value: 'What is gout?' })
 */
export class OffgridEmbeddingModel implements EmbeddingModelV3 {
  readonly specificationVersion = 'v3'
  readonly provider = 'offgrid'
  readonly modelId: string
  readonly maxEmbeddingsPerCall = Number.POSITIVE_INFINITY
  readonly supportsParallelCalls = true
  readonly #texts: DenseTexts

  constructor(options: AdapterEmbeddingOptions = {}) {
    this.modelId = options.model ?? DEFAULT_MODELS.dense
    this.#texts = new DenseTexts(options)
  }

  /**
   * What the AI SDK calls.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `INVALID_DOCUMENT`; ModelError; WorkerError `CANCELLED`
   */
  async doEmbed({
    values,
    abortSignal,
    providerOptions,
  }: EmbeddingModelV3CallOptions): Promise<EmbeddingModelV3Result> {
    const side = providerOptions?.offgrid?.as ?? 'passage'
    requireChoice('providerOptions.offgrid', 'as', side, ['passage', 'query'])
    const [embeddings, tokens] = await Promise.all([
      this.#texts.embed(values, side as 'passage' | 'query', abortSignal),
      this.#texts.countTokens(values),
    ])
    return { embeddings, usage: { tokens }, warnings: [] }
  }

  /** Frees threads and memory. */
  close(): Promise<void> {
    return this.#texts.close()
  }
}

/**
 * Reranking for `rerank` of the AI SDK, by late interaction or a cross-encoder, which is opened at the first query.
 * @example
 * const { ranking } = await rerank({ model: new OffgridRerankingModel(), query: 'What is gout?', documents, topN: 3 })
 */
export class OffgridRerankingModel implements RerankingModelV3 {
  readonly specificationVersion = 'v3'
  readonly provider = 'offgrid'
  readonly modelId: string
  readonly #documents: RankedDocuments

  constructor(options: AdapterRerankerOptions = {}) {
    this.modelId = options.model ?? DEFAULT_MODELS.late
    this.#documents = new RankedDocuments(options)
  }

  /** What the AI SDK calls; a document that is an object is ranked by its JSON. @throws as `OffgridEmbeddingModel.doEmbed` */
  async doRerank({ documents, query, topN, abortSignal }: RerankingModelV3CallOptions) {
    const texts = documents.type === 'text' ? documents.values : documents.values.map((each) => JSON.stringify(each))
    const ranked = await this.#documents.rank(query, texts, abortSignal)
    return { ranking: ranked.slice(0, topN).map(({ index, score }) => ({ index, relevanceScore: score })) }
  }

  /** Frees threads and memory. */
  close(): Promise<void> {
    return this.#documents.close()
  }
}
