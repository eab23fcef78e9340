import { DEFAULT_MODELS } from '../encoders/default-models.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import { given, invalidOption, requireChoice } from '../options.js'
import { OUTPUT_TYPES, type OutputType } from '../vectors/quantize-dense.js'
import { denseAt } from '../vectors.js'
import { DenseVectors } from './dense-vectors.js'
import { Embedding } from './embedding.js'
import { checkEmbeddingOptions, type EmbeddingOptions } from './embedding-options.js'
import { type EmbeddingParts, findModelOfKind, openEmbedding } from './open-embedding.js'
import { type OutputArrays, toOutput } from './output-vector.js'
import {
  addOwnModel,
  embeddingSizeOf,
  listSupportedModels,
  type OwnModel,
  type SupportedModel,
  type SupportedModelsOptions,
} from './supported-models.js'
import type { EncodedText, TextOutcome } from './text-outcome.js'

const WHERE = 'TextEmbedding.create'

const OWN_OPTIONS = ['pooling', 'normalize', 'dimensions', 'prefixes', 'task', 'outputType'] as const

/** What `TextEmbedding.create` can be told. */
export interface DenseEmbeddingOptions<T extends OutputType = OutputType>
  extends EmbeddingOptions,
    Pick<EncoderSpec, 'pooling' | 'normalize' | 'dimensions' | 'prefixes' | 'task'> {
  /**
   * Type of a vector's values. `float16`: bits of half precision in a Uint16Array. `int8`: an Int8Array, by 127 / the vector's largest
   * magnitude. `binary`: the signs, 8 dimensions in a byte of a Uint8Array, as numpy.packbits has them. @default 'float32'
   */
  readonly outputType?: T
}

/**
 * Dense vectors: float32 [dimension] unless `outputType` says otherwise, L2-normalized where the model is.
 * @example
 * const dense = await TextEmbedding.create({ workers: 2 })
 * for await (const vector of dense.embed(['first text', 'second text'])) console.log(vector.length) // 384, 384
 * await dense.close()
 */
export class TextEmbedding<T extends OutputType = 'float32'> extends Embedding<OutputArrays[T], DenseVectors<T>> {
  readonly #outputType: T

  private constructor(parts: EmbeddingParts, outputType: T) {
    super(parts)
    this.#outputType = outputType
  }

  /**
   * Opens a dense model in worker threads.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, …
   */
  static async create<T extends OutputType = 'float32'>(
    options: DenseEmbeddingOptions<T> = {},
  ): Promise<TextEmbedding<T>> {
    checkEmbeddingOptions(options, OWN_OPTIONS, WHERE)
    requireChoice(WHERE, 'outputType', options.outputType, OUTPUT_TYPES)
    const entry = await findModelOfKind(options.model ?? DEFAULT_MODELS.dense, 'dense', options.modelsFolder)
    const size = entry.dimension!
    const { dimensions = size, outputType = 'float32' as T } = options
    if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > size) {
      throw invalidOption(WHERE, 'dimensions', `a whole number from 1 to ${size} for ${entry.name}`, dimensions)
    }
    const { pooling, normalize, prefixes, task } = options
    const own = given({ pooling, normalize, dimensions: options.dimensions, prefixes, task })
    return new TextEmbedding(await openEmbedding(WHERE, entry, options, own), outputType)
  }

  /** The dense models that are known and those at hand. @throws ModelError `MANIFEST_INVALID` */
  static listSupportedModels(options: SupportedModelsOptions = {}): Promise<SupportedModel[]> {
    return listSupportedModels('dense', options)
  }

  /**
   * Makes a folder with a dense model usable by name in this process, without importing it.
   * It is proved by encoding a text, or scoring a pair, first.
   * @throws InputError `MODEL_EXISTS`, `UNKNOWN_OPTION`, `INVALID_OPTION`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_UNRECOGNISED`, `MODEL_MISMATCH`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
   */
  static addCustomModel(model: OwnModel): Promise<void> {
    return addOwnModel('dense', model)
  }

  /**
   * Dimensions of a vector of a model by its name, whether its files are here or not.
   * @throws InputError `UNKNOWN_MODEL`
   */
  static getEmbeddingSize(model: string, options: SupportedModelsOptions = {}): Promise<number> {
    return embeddingSizeOf('dense', model, options)
  }

  /** Dimensions of a vector. */
  get embeddingSize(): number {
    return this.parts.spec.dimensions ?? this.parts.entry.dimension!
  }

  protected override vectorOf({ batch, at }: EncodedText): OutputArrays[T] {
    return toOutput(denseAt(batch.dense!, at), this.#outputType)
  }

  protected override batchOf(outcomes: readonly TextOutcome[]): DenseVectors<T> {
    return new DenseVectors(outcomes, this.embeddingSize, this.#outputType)
  }
}
