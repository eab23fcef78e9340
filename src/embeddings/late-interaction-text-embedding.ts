import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { given } from '../options.js'
import { type Multivector, multivectorAt } from '../vectors.js'
import { Embedding } from './embedding.js'
import { checkEmbeddingOptions, type EmbeddingOptions } from './embedding-options.js'
import { Multivectors } from './multivectors.js'
import { findModelOfKind, openEmbedding } from './open-embedding.js'
import {
  addOwnModel,
  embeddingSizeOf,
  listSupportedModels,
  type OwnModel,
  type SupportedModel,
  type SupportedModelsOptions,
} from './supported-models.js'
import type { EncodedText, TextOutcome } from './text-outcome.js'

const WHERE = 'LateInteractionTextEmbedding.create'

/** What `LateInteractionTextEmbedding.create` can be told. */
export interface LateInteractionOptions extends EmbeddingOptions {
  /** Neighbouring rows of a document that become one, 1 … 16. @default 1 */
  readonly poolFactor?: number
}

/** Token embeddings for late interaction (MaxSim): float32 [rows, dimension], each row L2-normalized. */
export class LateInteractionTextEmbedding extends Embedding<Multivector, Multivectors> {
  /**
   * Opens a late-interaction model in worker threads.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, …
   */
  static async create(options: LateInteractionOptions = {}): Promise<LateInteractionTextEmbedding> {
    checkEmbeddingOptions(options, ['poolFactor'], WHERE)
    const { poolFactor } = options
    const entry = await findModelOfKind(options.model ?? DEFAULT_MODELS.late, 'late', options.modelsFolder)
    return new LateInteractionTextEmbedding(await openEmbedding(WHERE, entry, options, given({ poolFactor })))
  }

  /** The late-interaction models that are known and those at hand. @throws ModelError `MANIFEST_INVALID` */
  static listSupportedModels(options: SupportedModelsOptions = {}): Promise<SupportedModel[]> {
    return listSupportedModels('late', options)
  }

  /**
   * Makes a folder with a late-interaction model usable by name in this process, without importing it.
   * It is proved by encoding a text, or scoring a pair, first.
   * @throws InputError `MODEL_EXISTS`, `UNKNOWN_OPTION`, `INVALID_OPTION`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_UNRECOGNISED`, `MODEL_MISMATCH`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
   */
  static addCustomModel(model: OwnModel): Promise<void> {
    return addOwnModel('late', model)
  }

  /**
   * Floats of a row of a model by its name, whether its files are here or not.
   * @throws InputError `UNKNOWN_MODEL`
   */
  static getEmbeddingSize(model: string, options: SupportedModelsOptions = {}): Promise<number> {
    return embeddingSizeOf('late', model, options)
  }

  /** Floats of a row. */
  get embeddingSize(): number {
    return this.parts.entry.dimension!
  }

  protected override vectorOf({ batch, at }: EncodedText): Multivector {
    const { rows, dimension, values } = multivectorAt(batch.late!, at)
    return { rows, dimension, values: values.slice() }
  }

  protected override batchOf(outcomes: readonly TextOutcome[]): Multivectors {
    return new Multivectors(outcomes, this.embeddingSize)
  }
}
