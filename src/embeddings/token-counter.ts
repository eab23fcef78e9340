import { resolvePrefixes } from '../encoders/prefixes.js'
import { architectureOf } from '../onnx/manifest.js'
import { openModel } from '../onnx/model-files.js'
import { openTokenizer } from '../tokenizers/open-tokenizer.js'
import type { EmbeddingParts } from './open-embedding.js'

/** Tokens of a text. */
export interface TokenCount {
  /** Tokens that are encoded, special tokens included; ColBERT's marker and masks are not counted. */
  readonly tokens: number
  /** Tokens that do not fit and are cut off. */
  readonly cutTokens: number
}

export type CountTokens = (text: string) => TokenCount

/** ColBERT's marker takes the place of a token. */
const MARKER_TOKENS = 1

/**
 * Counts a model's tokens of documents in this thread, without its network.
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export async function openTokenCounter({ entry, spec }: EmbeddingParts): Promise<CountTokens> {
  const model = await openModel(entry.name, { modelsFolder: spec.modelsFolder })
  const tokenizer = await openTokenizer((model.base ?? model).folder)
  const limit = spec.maxTokens ?? entry.maxTokens ?? model.base?.entry.maxTokens ?? Number.MAX_SAFE_INTEGER
  const maxTokens = architectureOf(entry) === 'colbert' ? limit - MARKER_TOKENS : limit
  const prefix = resolvePrefixes(spec.prefixes, entry).document
  // a static model puts no special tokens around a text
  const isBare = architectureOf(entry) === 'static'
  return (text) => {
    const written = prefix + text
    const { inputIds, cutTokens } = isBare
      ? tokenizer.encodeBare(written, maxTokens)
      : tokenizer.encode(written, maxTokens)
    return { tokens: inputIds.length, cutTokens }
  }
}
