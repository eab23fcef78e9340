import { LateInteractionTextEmbedding } from '../embeddings/late-interaction-text-embedding.js'
import { type CrossEncoderOptions, TextCrossEncoder } from '../embeddings/text-cross-encoder.js'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { findModel } from '../onnx/model-files.js'
import { given } from '../options.js'
import { prepareMaxSim } from '../scoring/max-sim.js'
import { OpenedOnce } from './opened-once.js'

/** What an adapter for reranking can be told. */
export interface AdapterRerankerOptions extends Omit<CrossEncoderOptions, 'model' | 'lazyLoad'> {
  /** A cross-encoder or a late-interaction model. @default 'offgrid/all-MiniLM-L6-v2-late' */
  readonly model?: string
}

/** A document of a list, by its index there, and how relevant it is. */
export interface RankedDocument {
  readonly index: number
  /** Of a cross-encoder the sigmoid of its logit, 0 … 1; of late interaction MaxSim for each row of the query, −1 … 1. */
  readonly score: number
}

/** Ranks documents by a model that is opened at the first query; scores are those of `POST /rerank`. */
export class RankedDocuments {
  readonly #model: OpenedOnce<LateInteractionTextEmbedding | TextCrossEncoder>

  constructor({ model = DEFAULT_MODELS.late, ...options }: AdapterRerankerOptions) {
    this.#model = new OpenedOnce(async () => {
      const { entry } = await findModel(model, { modelsFolder: options.modelsFolder })
      const kind = entry.kind === 'reranker' ? TextCrossEncoder : LateInteractionTextEmbedding
      return await kind.create({ ...options, model })
    })
  }

  /** @returns the best first; of documents with equal scores the earlier one */
  async rank(query: string, documents: readonly string[], signal?: AbortSignal): Promise<RankedDocument[]> {
    const model = await this.#model.get()
    const options = given({ signal })
    const scores: number[] = []
    if (model instanceof TextCrossEncoder) {
      for await (const logit of model.rerank(query, documents, options)) scores.push(1 / (1 + Math.exp(-logit)))
    } else {
      const [rows] = await model.queryEmbed([query], options)
      const maxSim = prepareMaxSim(rows!)
      for await (const document of model.embed(documents, options)) scores.push(maxSim(document) / rows!.rows)
    }
    return scores.map((score, index) => ({ index, score })).sort((a, b) => b.score - a.score || a.index - b.index)
  }

  close(): Promise<void> {
    return this.#model.close()
  }
}
