import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { optionError } from '../../errors.js'
import { architectureOf } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'

/** How documents are cut into chunks, each a point. */
export interface ChunkingOptions {
  /**
   * Most tokens of a chunk, special tokens included as in a model's own limit; from 3. `auto` leaves documents whole that the model takes whole,
   * and cuts longer ones into chunks of 128 tokens with an overlap of 32.
   */
  readonly maxTokens: number | 'auto'
  /** Most tokens that a chunk repeats of the one before; from 0 to below half of `maxTokens`. @default 0 */
  readonly overlapTokens?: number | undefined
  /** Whether each document keeps a dense vector and a BM25 vector of its own beside those of its chunks. @default true */
  readonly documents?: boolean | undefined
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
  /** A document of at most so many tokens is one point, as if it were not cut. Undefined where each is cut, be it into one chunk. */
  readonly wholeTokens?: number
}

/** What is done with long documents where nobody says anything. */
export const DEFAULT_CHUNKING: ChunkingOptions = { maxTokens: 'auto' }

/** What `auto` cuts long documents into: of windows from 64 to 256 tokens these found the most. */
const AUTO_TOKENS = 128
const AUTO_OVERLAP_TOKENS = 32

/** `[CLS]` and `[SEP]`, and one to stand between them. */
const FEWEST_TOKENS = 3

/** No limit. */
const ENDLESS = Number.MAX_SAFE_INTEGER

/** ColBERT puts a marker into a text, which no tokenizer counts. */
const MARKER_TOKENS = 1

/**
 * @returns null where nothing is ever cut off, and so nothing has to be cut into chunks
 * @throws InputError `INVALID_OPTION` if a chunk would not fit the model, or repeats too much; `UNKNOWN_MODEL`
 * @throws ModelError if a model's files are not what its manifest says
 */
export async function planChunking(options: ChunkingOptions, spec: EncoderSpec): Promise<ChunkingPlan | null> {
  const limit = await tokenLimit(spec)
  if (options.maxTokens === 'auto') return planAuto(options, spec, limit)
  const { maxTokens, overlapTokens = 0 } = options
  const model = await openTokenModel(options.model, spec)
  if (!Number.isSafeInteger(maxTokens) || maxTokens < FEWEST_TOKENS || maxTokens > limit) {
    throw optionError(
      `Chunks: expected ${FEWEST_TOKENS} to ${limit} tokens, the most that is encoded of a text, got ${maxTokens}.`,
    )
  }
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || 2 * overlapTokens >= maxTokens) {
    throw optionError(
      `Chunks: expected an overlap of 0 to ${Math.ceil(maxTokens / 2) - 1} tokens, less than half a chunk, got ${overlapTokens}.`,
    )
  }
  return { model: model.entry.name, checksum: modelChecksum(model), maxTokens, overlapTokens }
}

/** What gives a plan again, but for whether documents have vectors of their own. */
export function chunkingOptionsOf({ maxTokens, overlapTokens, wholeTokens, model }: ChunkingPlan): ChunkingOptions {
  return wholeTokens === undefined ? { maxTokens, overlapTokens, model } : { maxTokens: 'auto', model }
}

/** @throws InputError `INVALID_OPTION` for an overlap, which is decided here */
async function planAuto(
  { overlapTokens, model: named }: ChunkingOptions,
  spec: EncoderSpec,
  limit: number,
): Promise<ChunkingPlan | null> {
  if (overlapTokens !== undefined) {
    throw optionError(`Chunks: expected no overlap with auto, got ${overlapTokens}.`)
  }
  if (limit === ENDLESS) return null
  const model = await openTokenModel(named, spec)
  const maxTokens = Math.min(AUTO_TOKENS, limit)
  return {
    model: model.entry.name,
    checksum: modelChecksum(model),
    maxTokens,
    overlapTokens: Math.min(AUTO_OVERLAP_TOKENS, Math.floor(maxTokens / 4)),
    wholeTokens: limit,
  }
}

/** The model with the tokenizer that counts. */
async function openTokenModel(named: string | undefined, spec: EncoderSpec): Promise<OpenedModel> {
  const name = spec.dense ?? spec.late ?? named
  if (name === undefined) {
    throw optionError('Chunks: expected a dense or late-interaction model to count tokens with.')
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
  return Math.min(...limits, ENDLESS)
}
