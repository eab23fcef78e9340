import type { EncodedBatch } from '../encoders/encoder.js'
import { type DenseVector, denseAt } from '../vectors.js'
import { Embedding, type EmbeddingOptions, openEmbedding } from './embedding.js'

const DEFAULT_MODEL = 'sentence-transformers/all-MiniLM-L6-v2'

/**
 * Dense vectors: float32 [dimension], L2-normalized.
 * @example
 * const dense = await TextEmbedding.create({ workers: 2 })
 * for await (const vector of dense.embed(['first text', 'second text'])) console.log(vector.length) // 384, 384
 * await dense.close()
 */
export class TextEmbedding extends Embedding<DenseVector> {
  /** @throws InputError `UNKNOWN_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND` */
  static async create(options: EmbeddingOptions = {}): Promise<TextEmbedding> {
    return new TextEmbedding(await openEmbedding('dense', DEFAULT_MODEL, options))
  }

  /** Floats of a vector. */
  get embeddingSize(): number {
    return this.dimension!
  }

  protected override vectorAt(batch: EncodedBatch, i: number): DenseVector {
    return denseAt(batch.dense!, i)
  }
}
