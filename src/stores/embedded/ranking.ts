import type { Collection } from './collection.js'

/** Points that a level of a query found, best first. */
export interface Ranking {
  readonly slots: readonly number[]
  /** float32 values, as they are shown. */
  readonly scores: readonly number[]
  /** The payload values by which the points were ordered, where that is what ordered them. */
  readonly orderValues?: readonly number[]
}

/** Part of a ranking, its order kept. */
export function sliceRanking({ slots, scores, orderValues }: Ranking, start: number, end?: number): Ranking {
  const part = { slots: slots.slice(start, end), scores: scores.slice(start, end) }
  return orderValues ? { ...part, orderValues: orderValues.slice(start, end) } : part
}

/** The points of a ranking that pass a test of their score. */
export function keepScores(ranking: Ranking, isKept: (score: number) => boolean): Ranking {
  const kept = ranking.scores.flatMap((score, i) => (isKept(score) ? [i] : []))
  return { slots: kept.map((i) => ranking.slots[i]!), scores: kept.map((i) => ranking.scores[i]!) }
}

/** Scores by slot as a ranking: best first, equal scores by id, those below the threshold left out. */
export function rankScores(
  collection: Collection,
  scoreBySlot: ReadonlyMap<number, number>,
  threshold: number | null,
  limit: number,
): Ranking {
  const entries = [...scoreBySlot]
    .filter(([, score]) => threshold === null || score >= threshold)
    .sort(([a, aScore], [b, bScore]) => bScore - aScore || collection.compareSlots(a, b))
    .slice(0, limit)
  return { slots: entries.map(([slot]) => slot), scores: entries.map(([, score]) => score) }
}

/** All slots of several rankings, each once, in the order in which they come. */
export function unionSlots(rankings: readonly Ranking[]): number[] {
  return [...new Set(rankings.flatMap(({ slots }) => slots))]
}
