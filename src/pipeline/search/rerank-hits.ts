import { STORED_FIELDS } from '../../document.js'
import type { TextPair } from '../../encoders/pairs/pair-scorer.js'
import { InputError } from '../../errors.js'
import type { Hit } from '../../stores/store.js'

/** A reranker: how relevant the second text of each pair is to the first, a raw logit; in their order. */
export type ScorePairs = (pairs: readonly TextPair[]) => Promise<ArrayLike<number>>

/** Opens a cross-encoder in this thread for as long as somebody searches with it; without a name there is none. */
export async function withReranker<T>(
  name: string | undefined,
  threads: number,
  use: (scorePairs: ScorePairs | undefined) => Promise<T>,
): Promise<T> {
  if (name === undefined) return use(undefined)
  const { CrossEncoder } = await import('../../encoders/pairs/cross-encoder.js')
  const reranker = await CrossEncoder.open({ reranker: name, threads })
  try {
    return await use(async (pairs) => (await reranker.score(pairs)).scores)
  } finally {
    await reranker.close()
  }
}

/**
 * Hits in the order, and with the scores, that a reranker gives their texts; those of equal score stay as they were.
 * @throws InputError `COLLECTION_MISMATCH` for a point without a text; what the reranker throws
 */
export async function rerankHits<H extends Hit>(query: string, hits: readonly H[], score: ScorePairs): Promise<H[]> {
  if (hits.length === 0) return []
  const scores = await score(hits.map((hit): TextPair => [query, textOf(hit)]))
  return hits.map((hit, i) => ({ ...hit, score: scores[i]! })).sort((a, b) => b.score - a.score)
}

function textOf({ id, payload }: Hit): string {
  const text = payload?.[STORED_FIELDS.text]
  if (typeof text === 'string') return text
  throw new InputError(
    'COLLECTION_MISMATCH',
    `A reranker reads the text of each hit in the payload field "${STORED_FIELDS.text}", which point ${id} does not have. Search without one.`,
  )
}
