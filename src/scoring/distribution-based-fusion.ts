/**
 * Distribution-based score fusion: each list's scores are scaled so that its mean − 3σ becomes 0 and mean + 3σ becomes 1
 * (not clamped; σ of the sample, n − 1), then added up by item, in float32. In a list of one item, or of equal scores, each counts 0.5.
 * @param lists items and scores of each list
 * @returns score by item, in the order in which the items were met
 * @see https://qdrant.tech/documentation/concepts/hybrid-queries/#distribution-based-score-fusion-dbsf
 */
export function fuseByDistribution<Item>(
  lists: readonly { readonly items: readonly Item[]; readonly scores: readonly number[] }[],
): Map<Item, number> {
  const fused = new Map<Item, number>()
  for (const { items, scores } of lists) {
    const { low, width } = threeSigmaRange(scores)
    items.forEach((item, i) => {
      const scaled = width === 0 ? 0.5 : Math.fround(Math.fround(scores[i]! - low) / width)
      fused.set(item, Math.fround((fused.get(item) ?? 0) + scaled))
    })
  }
  return fused
}

/** Mean − 3σ and 6σ of the scores by Welford's method in float32, as Qdrant does. A width of 0 means that the scores do not differ. */
function threeSigmaRange(scores: readonly number[]): { low: number; width: number } {
  if (scores.length < 2) return { low: 0, width: 0 }
  let mean = 0
  let squares = 0
  scores.forEach((score, i) => {
    const delta = Math.fround(score - mean)
    mean = Math.fround(mean + Math.fround(delta / (i + 1)))
    squares = Math.fround(squares + Math.fround(delta * Math.fround(score - mean)))
  })
  const deviation = Math.fround(Math.sqrt(Math.fround(squares / (scores.length - 1))))
  if (deviation === 0) return { low: 0, width: 0 }
  const low = Math.fround(mean - Math.fround(3 * deviation))
  const high = Math.fround(mean + Math.fround(3 * deviation))
  return { low, width: Math.fround(high - low) }
}
