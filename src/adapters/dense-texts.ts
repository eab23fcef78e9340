import { type DenseEmbeddingOptions, TextEmbedding } from '../embeddings/text-embedding.js'
import { given } from '../options.js'
import { OpenedOnce } from './opened-once.js'

/** What an adapter for dense vectors can be told: what `TextEmbedding.create` takes. */
export type AdapterEmbeddingOptions = Omit<DenseEmbeddingOptions<'float32'>, 'outputType' | 'lazyLoad'>

/** Dense vectors in the arrays of numbers that other libraries want; the model is opened at the first text. */
export class DenseTexts {
  readonly #model: OpenedOnce<TextEmbedding>

  constructor(options: AdapterEmbeddingOptions) {
    this.#model = new OpenedOnce(() => TextEmbedding.create(options))
  }

  async embed(texts: readonly string[], side: 'passage' | 'query', signal?: AbortSignal): Promise<number[][]> {
    const model = await this.#model.get()
    const options = given({ signal })
    const vectors: number[][] = []
    const embedded = side === 'query' ? await model.queryEmbed(texts, options) : model.embed(texts, options)
    for await (const vector of embedded) vectors.push(Array.from(vector))
    return vectors
  }

  /** Tokens of all texts together. */
  async countTokens(texts: readonly string[]): Promise<number> {
    return await (await this.#model.get()).tokenCount(texts)
  }

  close(): Promise<void> {
    return this.#model.close()
  }
}
