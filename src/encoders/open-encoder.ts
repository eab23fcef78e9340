import { InputError } from '../errors.js'
import { findModel } from '../onnx/model-files.js'
import { Bm25Encoder, type Bm25Options } from './bm25.js'
import type { EncodedBatch, EncodeOptions, Encoder, Side } from './encoder.js'
import { type Precision, TransformerEncoder } from './transformer.js'

/** What to compute for each text, in plain data that can cross a thread: the same spec gives the same vectors anywhere. */
export interface EncoderSpec {
  /** Name of a dense model. */
  readonly dense?: string
  /** Name of a sparse model. */
  readonly sparse?: string
  /** Name of a late-interaction model; with a dense model on the same checkpoint both come from one forward pass. */
  readonly late?: string
  /** Arithmetic of the transformer. @default 'fp32' */
  readonly precision?: Precision
  /** Tokens of a text, special tokens included, after which it is cut. @default the model's own limit */
  readonly maxTokens?: number
  readonly bm25?: Bm25Options
  /** ONNX Runtime threads of one run. @default 1 */
  readonly threads?: number
  /** Folder with manifest.json. @default the environment's OFFGRID_MODELS, else the bundled models */
  readonly modelsFolder?: string
}

/**
 * Opens the encoder of a spec in this thread.
 * @throws InputError `UNKNOWN_MODEL`, `INVALID_OPTION`; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
 */
export async function openEncoder(spec: EncoderSpec): Promise<Encoder> {
  const parts: Encoder[] = []
  const { sparse, bm25, ...transformer } = spec
  if (spec.dense !== undefined || spec.late !== undefined) {
    parts.push(await TransformerEncoder.open(transformer))
  }
  if (sparse !== undefined) {
    parts.push(await Bm25Encoder.open({ model: sparse, ...bm25 }, spec.modelsFolder))
  }
  if (parts.length === 0) {
    throw new InputError(
      'INVALID_OPTION',
      'An encoder needs at least one of a dense, a sparse or a late-interaction model.',
    )
  }
  return parts.length === 1 ? parts[0]! : new CombinedEncoder(parts)
}

/**
 * The spec of one model by its name, whatever its kind.
 * @throws InputError `UNKNOWN_MODEL`
 */
export async function specForModel(
  name: string,
  options: Omit<EncoderSpec, 'dense' | 'sparse' | 'late'> = {},
): Promise<EncoderSpec> {
  const { entry } = await findModel(name, { modelsFolder: options.modelsFolder })
  return { ...options, [entry.kind]: entry.name }
}

/** Several encoders over the same texts; token counts are those of the first. */
class CombinedEncoder implements Encoder {
  readonly #parts: readonly Encoder[]

  constructor(parts: readonly Encoder[]) {
    this.#parts = parts
  }

  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    const batches: EncodedBatch[] = []
    for (const part of this.#parts) batches.push(await part.encode(texts, side, options))
    const { tokens, cutTokens } = batches[0]!
    return Object.assign({}, ...batches, { tokens, cutTokens })
  }

  async close(): Promise<void> {
    for (const part of this.#parts) await part.close()
  }
}
