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

/** Precision@k: relevant documents among the first k, divided by k, whether there are so many hits or not; 0 … 1. */
export function precisionAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  return ranked.slice(0, k).filter((id) => (judgements.get(id) ?? 0) > 0).length / k
}

/**
 * Average precision within the first k: the precision at each relevant document among them, summed up and divided by the number of all relevant
 * documents; 0 … 1. A list [x, b] with b = 1 gives 1/2.
 * @see trec_eval's map_cut
 */
export function averagePrecisionAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  const relevant = [...judgements].filter(([, grade]) => grade > 0).length
  let found = 0
  let sum = 0
  for (const [i, id] of ranked.slice(0, k).entries()) {
    if ((judgements.get(id) ?? 0) <= 0) continue
    found += 1
    sum += found / (i + 1)
  }
  return relevant === 0 ? 0 : sum / relevant
}

/** Success@k: 1 where a relevant document is among the first k, else 0. */
export function successAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  return ranked.slice(0, k).some((id) => (judgements.get(id) ?? 0) > 0) ? 1 : 0
}
