import type { Side } from '../encoders/encoder.js'
import { type EncoderSpec, specForModel } from '../encoders/open-encoder.js'
import { InputError } from '../errors.js'
import type { ModelEntry, ModelKind } from '../onnx/manifest.js'
import { findModel } from '../onnx/model-files.js'
import { given, invalidOption } from '../options.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import type { EmbeddingOptions } from './embedding-options.js'

/** What an embedding is made of. */
export interface EmbeddingParts {
  readonly entry: ModelEntry
  readonly spec: EncoderSpec
  readonly options: EmbeddingOptions
  /** Threads that encode; null where this thread does. */
  readonly pool: EncoderPool | null
  /** Frees what was opened for this embedding alone. */
  close(): Promise<void>
}

/**
 * The model of the options, if it is of this kind.
 * @throws InputError `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
 */
export async function findModelOfKind(
  name: string,
  kind: ModelKind,
  modelsFolder: string | undefined,
): Promise<ModelEntry> {
  const { entry } = await findModel(name, { modelsFolder })
  if (entry.kind === kind) return entry
  throw new InputError(
    'WRONG_MODEL_KIND',
    `Expected a ${kind} model, got ${entry.name}, which is a ${entry.kind} model: it belongs to another class.`,
  )
}

/**
 * Starts the threads and, unless told otherwise, lets one of them open the model, so that whatever is wrong with its files or with an
 * option shows now.
 * @throws InputError `INVALID_OPTION`; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, …
 */
export async function openEmbedding(
  where: string,
  entry: ModelEntry,
  options: EmbeddingOptions,
  own: Partial<EncoderSpec> = {},
): Promise<EmbeddingParts> {
  const { precision, maxTokens, modelsFolder, workers } = options
  const spec = await specForModel(entry.name, { ...given({ precision, maxTokens, modelsFolder }), ...own })
  const pool = options.pool ?? (await EncoderPool.create(given({ workers })))
  const close = async () => {
    if (options.pool === undefined) await pool.close()
  }
  try {
    if (options.lazyLoad !== true) await pool.encodePiece(spec, [], 'document')
  } catch (error) {
    await close()
    throw namingCaller(where, error)
  }
  return { entry, spec, options, pool, close }
}

/** An option that the model does not take, in the name of what was called: who encodes knows the model alone. */
export function namingCaller(where: string, error: unknown): unknown {
  const isOption = error instanceof InputError && ['INVALID_OPTION', 'UNKNOWN_OPTION'].includes(error.code)
  return isOption ? new InputError(error.code, `${where}: ${error.message}`, { cause: error }) : error
}

/** @throws InputError `INVALID_OPTION` unless the value names a side or is left out */
export function sideOf(where: string, as: unknown): Side {
  if (as === undefined || as === 'passage') return 'document'
  if (as === 'query') return 'query'
  throw invalidOption(where, 'as', '"passage" or "query"', as)
}
