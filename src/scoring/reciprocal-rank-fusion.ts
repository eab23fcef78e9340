/** Qdrant's default of the constant k; other systems use 60. */
export const DEFAULT_RRF_K = 2

/**
 * Reciprocal rank fusion: each list adds 1 / ((position + 1) / weight + rrfK − 1) to the score of its items, in float32.
 * With a weight of 1 that is the classical 1 / (rank + rrfK − 1), rank from 1.
 * @param lists items of each list, best first
 * @param options.rrfK at least 1; @default 2
 * @param options.weights one per list; @default 1; a weight of 0 or less adds nothing
 * @returns score by item, in the order in which the items were met
 * @see Cormack, Clarke and Buettcher, Reciprocal Rank Fusion, SIGIR 2009
 */
export function fuseByReciprocalRank<Item>(
  lists: readonly (readonly Item[])[],
  options: { readonly rrfK?: number; readonly weights?: readonly number[] } = {},
): Map<Item, number> {
  const { rrfK = DEFAULT_RRF_K, weights } = options
  const scores = new Map<Item, number>()
  lists.forEach((list, i) => {
    const weight = Math.fround(weights?.[i] ?? 1)
    list.forEach((item, position) => {
      const score = weight <= 0 ? 0 : Math.fround(1 / rankOf(position, weight, rrfK))
      scores.set(item, Math.fround((scores.get(item) ?? 0) + score))
    })
  })
  return scores
}

/** (position + 1) / weight + rrfK − 1, each step in float32. */
function rankOf(position: number, weight: number, rrfK: number): number {
  return Math.fround(Math.fround(Math.fround((position + 1) / weight) + rrfK) - 1)
}
