import type { EncodedBatch, Side } from '../encoders/encoder.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import { optionError, WorkerError } from '../errors.js'
import { PRECISIONS } from '../graph/precision.js'
import { given, invalidOption, requireChoice, requireCount, requireString } from '../options.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import type { TextObject } from './inference-object.js'
import { type EncodingDefaults, type ModelSpec, resolveModel } from './model-spec.js'
import { RememberedModels } from './remembered-models.js'

export interface TextEncodersOptions extends EncodingDefaults {
  /** Worker threads, 1 … 512; not together with `pool`. @default the usable cores */
  readonly workers?: number
  /** A pool to share with other encoders; `close()` leaves it open. @default a pool of its own, made for the first text */
  readonly pool?: EncoderPool
}

/** Encoders by model and options, over one pool: nothing is opened before the first text needs it. */
export class TextEncoders {
  readonly #options: TextEncodersOptions
  readonly #models: RememberedModels
  #pool: Promise<EncoderPool> | null = null
  #isClosed = false

  /** @throws InputError `INVALID_OPTION` */
  constructor(options: TextEncodersOptions) {
    requireChoice('InferenceClient', 'precision', options.precision, PRECISIONS)
    requireCount('InferenceClient', 'maxTokens', options.maxTokens)
    requireCount('InferenceClient', 'workers', options.workers)
    requireString('InferenceClient', 'modelsFolder', options.modelsFolder)
    if (options.pool !== undefined && !(options.pool instanceof EncoderPool)) {
      throw invalidOption('InferenceClient', 'pool', 'an EncoderPool (await EncoderPool.create())', options.pool)
    }
    if (options.pool !== undefined && options.workers !== undefined) {
      throw optionError('Expected workers or pool, got both.')
    }
    const { precision, maxTokens, modelsFolder } = options
    this.#options = options
    const defaults = given({ precision, maxTokens, modelsFolder })
    this.#models = new RememberedModels((text) => resolveModel(text, defaults))
  }

  /**
   * The model of a text object; looked up once for each name and options.
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  resolve(text: TextObject): Promise<ModelSpec> {
    return this.#models.resolve(text)
  }

  /** @throws WorkerError `POOL_CLOSED`; what the encoder throws */
  async encode(spec: EncoderSpec, texts: readonly string[], side: Side): Promise<EncodedBatch> {
    if (this.#isClosed) {
      throw new WorkerError('POOL_CLOSED', 'This client is closed and embeds no more texts: create another one.')
    }
    const { pool, workers } = this.#options
    this.#pool ??= pool ? Promise.resolve(pool) : EncoderPool.create(workers === undefined ? {} : { workers })
    this.#pool.catch(() => {
      this.#pool = null
    })
    return (await this.#pool).encoder(spec).encode(texts, side)
  }

  /** Waits for what is under way and ends the threads, unless the pool is shared. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#options.pool === undefined) await (await this.#pool)?.close()
  }
}
