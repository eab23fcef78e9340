import { BaseEmbedding } from '@llamaindex/core/embeddings'
import type { MessageContentDetail } from '@llamaindex/core/llms'
import { extractSingleText } from '@llamaindex/core/utils'
import { type AdapterEmbeddingOptions, DenseTexts } from './dense-texts.js'

/**
 * Dense vectors for LlamaIndex.TS. The model is opened at the first text.
 * @example
 * Settings.embedModel = new OffgridEmbedding()
 */
export class OffgridEmbedding extends BaseEmbedding {
  readonly #texts: DenseTexts

  constructor(options: AdapterEmbeddingOptions = {}) {
    super()
    this.#texts = new DenseTexts(options)
    this.getTextEmbeddings = (texts) => this.#texts.embed(texts, 'passage')
  }

  /** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `INVALID_DOCUMENT`; ModelError */
  override async getTextEmbedding(text: string): Promise<number[]> {
    const [vector] = await this.#texts.embed([text], 'passage')
    return vector!
  }

  /** Null for a message without a text. @throws as `getTextEmbedding` */
  override async getQueryEmbedding(query: MessageContentDetail): Promise<number[] | null> {
    const text = extractSingleText(query)
    if (text === null) return null
    const [vector] = await this.#texts.embed([text], 'query')
    return vector!
  }

  /** Frees threads and memory. */
  close(): Promise<void> {
    return this.#texts.close()
  }
}
