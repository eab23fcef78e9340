/** Relevance of documents to one query: document id → grade, 0 or absent = not relevant. */
export type Judgements = ReadonlyMap<string, number>

/**
 * nDCG@k of a ranked list: the sum of grade / log2(rank + 1) over the first k, divided by that of the best order; 0 … 1.
 * Without a relevant document it is 0. A list [b, a] with the single judgement a = 1 gives 1 / log2(3) = 0.63.
 * @see trec_eval's ndcg_cut (linear gain)
 */
export function ndcgAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  const ideal = [...judgements.values()].filter((grade) => grade > 0).sort((a, b) => b - a)
  const best = discountedGain(ideal.slice(0, k))
  if (best === 0) return 0
  return discountedGain(ranked.slice(0, k).map((id) => Math.max(0, judgements.get(id) ?? 0))) / best
}

function discountedGain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0)
}

/** Recall@k: the share of the relevant documents among the first k; 0 … 1, 0 without a relevant document. */
export function recallAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  const relevant = [...judgements].filter(([, grade]) => grade > 0).length
  if (relevant === 0) return 0
  return ranked.slice(0, k).filter((id) => (judgements.get(id) ?? 0) > 0).length / relevant
}

/** Reciprocal rank within the first k: 1 / rank of the first relevant document, 0 where there is none. */
export function reciprocalRankAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  const at = ranked.slice(0, k).findIndex((id) => (judgements.get(id) ?? 0) > 0)
  return at < 0 ? 0 : 1 / (at + 1)
}
