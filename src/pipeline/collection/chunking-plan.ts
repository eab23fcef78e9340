import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { InputError } from '../../errors.js'
import { architectureOf } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'

/** How documents are cut into chunks, each a point. */
export interface ChunkingOptions {
  /** Most tokens of a chunk, special tokens included as in a model's own limit; from 3. */
  readonly maxTokens: number
  /** Most tokens that a chunk repeats of the one before; from 0 to below half of `maxTokens`. @default 0 */
  readonly overlapTokens?: number | undefined
  /** Model whose tokens are counted where neither a dense nor a late-interaction model is at work. */
  readonly model?: string | undefined
}

/** How the documents of a collection were cut. */
export interface ChunkingPlan {
  /** The model whose tokens were counted. */
  readonly model: string
  readonly checksum: string
  readonly maxTokens: number
  readonly overlapTokens: number
}

/** `[CLS]` and `[SEP]`, and one to stand between them. */
const FEWEST_TOKENS = 3

/** ColBERT puts a marker into a text, which no tokenizer counts. */
const MARKER_TOKENS = 1

/**
 * @throws InputError `INVALID_OPTION` if a chunk would not fit the model, or repeats too much; `UNKNOWN_MODEL`
 * @throws ModelError if a model's files are not what its manifest says
 */
export async function planChunking(options: ChunkingOptions, spec: EncoderSpec): Promise<ChunkingPlan> {
  const { maxTokens, overlapTokens = 0 } = options
  const model = await openTokenModel(options.model, spec)
  const limit = await tokenLimit(spec)
  if (!Number.isSafeInteger(maxTokens) || maxTokens < FEWEST_TOKENS || maxTokens > limit) {
    throw new InputError(
      'INVALID_OPTION',
      `Chunks: expected ${FEWEST_TOKENS} to ${limit} tokens, the most that is encoded of a text, got ${maxTokens}.`,
    )
  }
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || 2 * overlapTokens >= maxTokens) {
    throw new InputError(
      'INVALID_OPTION',
      `Chunks: expected an overlap of 0 to ${Math.ceil(maxTokens / 2) - 1} tokens, less than half a chunk, got ${overlapTokens}.`,
    )
  }
  return { model: model.entry.name, checksum: modelChecksum(model), maxTokens, overlapTokens }
}

/** The model with the tokenizer that counts. */
async function openTokenModel(named: string | undefined, spec: EncoderSpec): Promise<OpenedModel> {
  const name = spec.dense ?? spec.late ?? named
  if (name === undefined) {
    throw new InputError('INVALID_OPTION', 'Chunks: expected a dense or late-interaction model to count tokens with.')
  }
  const model = await openModel(name, { modelsFolder: spec.modelsFolder })
  return model.base ?? model
}

/** Tokens after which a text is cut, as its tokenizer counts them; endless for BM25. */
async function tokenLimit(spec: EncoderSpec): Promise<number> {
  const limits: number[] = []
  for (const name of [spec.late, spec.dense]) {
    if (name === undefined) continue
    const { entry } = await openModel(name, { modelsFolder: spec.modelsFolder })
    const limit = spec.maxTokens ?? entry.maxTokens
    if (limit !== null) limits.push(architectureOf(entry) === 'colbert' ? limit - MARKER_TOKENS : limit)
  }
  return Math.min(...limits, Number.MAX_SAFE_INTEGER)
}
