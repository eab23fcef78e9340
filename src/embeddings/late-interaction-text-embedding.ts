import type { EncodedBatch } from '../encoders/encoder.js'
import { type Multivector, multivectorAt } from '../vectors.js'
import { Embedding, type EmbeddingOptions, openEmbedding } from './embedding.js'

const DEFAULT_MODEL = 'offgrid/all-MiniLM-L6-v2-late'

/** Token embeddings for late interaction (MaxSim): float32 [tokens, dimension], each row L2-normalized. */
export class LateInteractionTextEmbedding extends Embedding<Multivector> {
  /** @throws InputError `UNKNOWN_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND` */
  static async create(options: EmbeddingOptions = {}): Promise<LateInteractionTextEmbedding> {
    return new LateInteractionTextEmbedding(await openEmbedding('late', DEFAULT_MODEL, options))
  }

  /** Floats of a row. */
  get embeddingSize(): number {
    return this.dimension!
  }

  protected override vectorAt(batch: EncodedBatch, i: number): Multivector {
    return multivectorAt(batch.late!, i)
  }
}
