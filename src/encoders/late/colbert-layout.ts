/** Where ColBERT's marker of the side goes: behind the first special token. */
const MARKER_POSITION = 1

/** The token ids of one text as a ColBERT model reads them. */
export interface ColbertInput {
  /** int32 [tokens]; one row of the multivector each, before any is skipped. */
  readonly inputIds: Int32Array
  /** The first so many tokens are attended to; those behind them are mask tokens that look at the text and are not looked at. */
  readonly attendedTokens: number
}

export interface QueryExpansion {
  /** The side's marker, by its id. */
  readonly marker: number
  /** Tokens that a query has at least, marker included; null: it is not filled up. */
  readonly queryTokens: number | null
  /** Id of the token that fills a query up. */
  readonly mask: number
  /** Whether the tokens that fill it up are attended to. */
  readonly attendsToMask: boolean
}

/**
 * A tokenized text with the marker of its side behind the first special token: `[CLS] [D] tokens [SEP]`.
 * @param inputIds int32 [tokens], special tokens included
 * @returns int32 [tokens + 1]
 */
export function insertMarker(inputIds: Int32Array, marker: number): Int32Array {
  const marked = new Int32Array(inputIds.length + 1)
  const before = Math.min(MARKER_POSITION, inputIds.length)
  marked.set(inputIds.subarray(0, before))
  marked[before] = marker
  marked.set(inputIds.subarray(before), before + 1)
  return marked
}

/**
 * ColBERT's query: the marker behind the first special token, and mask tokens at the end up to a fixed length; a longer query
 * is neither filled up nor cut.
 * @param inputIds int32 [tokens], special tokens included
 * @see https://arxiv.org/abs/2004.12832 section 3.2, query augmentation
 */
export function expandQuery(inputIds: Int32Array, expansion: QueryExpansion): ColbertInput {
  const { marker, queryTokens, mask, attendsToMask } = expansion
  const marked = insertMarker(inputIds, marker)
  const expanded = new Int32Array(Math.max(marked.length, queryTokens ?? 0)).fill(mask)
  expanded.set(marked)
  return { inputIds: expanded, attendedTokens: attendsToMask ? expanded.length : marked.length }
}
