import { architectureOf, type ModelEntry } from '../../onnx/manifest.js'

/** Tokens at which a model that states no limit is taken to cut, for estimates. */
const ASSUMED_MAX_TOKENS = 512
/** UTF-8 bytes of a token; English has a little more, Chinese a little less. */
const BYTES_PER_TOKEN = 4
/** How many times faster a model without a network is. */
const LIGHT_FACTOR = 200

/** Whether a model is a table or a formula and runs no network. */
function isLight(entry: ModelEntry): boolean {
  return ['bm25', 'static'].includes(architectureOf(entry))
}

/** About how many tokens of a transformer's work a text is, before anything was tokenized; at least 1. */
export function estimateTokens(text: string, entry: ModelEntry): number {
  const tokens = tokensOf(text)
  if (isLight(entry)) return Math.ceil(tokens / LIGHT_FACTOR)
  return Math.min(tokens, entry.maxTokens ?? ASSUMED_MAX_TOKENS)
}

/** About how many bytes a text's vector takes. */
export function estimateBytes(text: string, entry: ModelEntry): number {
  const tokens = tokensOf(text)
  if (entry.kind === 'sparse') return 12 * tokens
  const rows = entry.kind === 'late' ? Math.min(tokens, entry.maxTokens ?? ASSUMED_MAX_TOKENS) : 1
  return rows * (entry.dimension ?? 0) * Float32Array.BYTES_PER_ELEMENT
}

/** About how many tokens a pair of texts is to a cross-encoder. */
export function estimatePair(query: string, document: string): number {
  return Math.min(tokensOf(query) + tokensOf(document), ASSUMED_MAX_TOKENS)
}

function tokensOf(text: string): number {
  return 2 + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)
}
