import type { EncodedBatch } from '../encoders/encoder.js'
import { type SparseVector, sparseAt } from '../vectors.js'
import { Embedding, type EmbeddingOptions, openEmbedding } from './embedding.js'

const DEFAULT_MODEL = 'Qdrant/bm25'

/**
 * Sparse vectors: `indices` uint32 ascending, `values` float64. BM25 leaves IDF to the store: its collection needs `modifier: idf`.
 */
export class SparseTextEmbedding extends Embedding<SparseVector> {
  /** @throws InputError `UNKNOWN_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND` */
  static async create(options: EmbeddingOptions = {}): Promise<SparseTextEmbedding> {
    return new SparseTextEmbedding(await openEmbedding('sparse', DEFAULT_MODEL, options))
  }

  protected override vectorAt(batch: EncodedBatch, i: number): SparseVector {
    return sparseAt(batch.sparse!, i)
  }
}
