import type { Collection } from '../collection/collection.js'

/** Points that a level of a query found, best first. */
export interface Ranking {
  readonly slots: readonly number[]
  /** float32 values, as they are shown. */
  readonly scores: readonly number[]
  /** The payload values by which a level ordered the points; a fusion of levels keeps them. */
  readonly orderValues?: readonly (number | undefined)[]
}

/** Part of a ranking, its order kept. */
export function sliceRanking({ slots, scores, orderValues }: Ranking, start: number, end?: number): Ranking {
  const part = { slots: slots.slice(start, end), scores: scores.slice(start, end) }
  return orderValues ? { ...part, orderValues: orderValues.slice(start, end) } : part
}

/** The points of a ranking that pass a test. */
export function keepWhere(ranking: Ranking, isKept: (slot: number, score: number) => boolean): Ranking {
  const { slots, scores } = ranking
  return pick(
    ranking,
    slots.flatMap((slot, i) => (isKept(slot, scores[i]!) ? [i] : [])),
  )
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

/** The ranking with the order values that its points had in the rankings it was made of: in the first that has the point. */
export function keepOrderValues(ranking: Ranking, sources: readonly Ranking[]): Ranking {
  if (!sources.some(({ orderValues }) => orderValues)) return ranking
  const values = new Map<number, number | undefined>()
  for (const { slots, orderValues } of sources) {
    for (const [i, slot] of slots.entries()) if (!values.has(slot)) values.set(slot, orderValues?.[i])
  }
  return { ...ranking, orderValues: ranking.slots.map((slot) => values.get(slot)) }
}

/** Several rankings one behind the other; a point that is in several is taken from the first. */
export function concatRankings(rankings: readonly Ranking[]): Ranking {
  const scores = new Map<number, number>()
  for (const { slots, scores: own } of rankings) {
    for (const [i, slot] of slots.entries()) if (!scores.has(slot)) scores.set(slot, own[i]!)
  }
  return keepOrderValues({ slots: [...scores.keys()], scores: [...scores.values()] }, rankings)
}

/** The points at some places of a ranking, in the order of the places. */
export function pick({ slots, scores, orderValues }: Ranking, places: readonly number[]): Ranking {
  const part = { slots: places.map((i) => slots[i]!), scores: places.map((i) => scores[i]!) }
  return orderValues ? { ...part, orderValues: places.map((i) => orderValues[i]) } : part
}

/** As the server does after a fusion by distribution: points that a level ordered by a payload value go first, by the largest value. */
export function byOrderValues(ranking: Ranking): Ranking {
  const { orderValues } = ranking
  if (!orderValues) return ranking
  const places = ranking.slots.map((_, i) => i)
  const value = (i: number) => orderValues[i] ?? Number.NEGATIVE_INFINITY
  return pick(
    ranking,
    places.sort((a, b) => (value(a) === value(b) ? a - b : value(b) - value(a))),
  )
}

/** The beginning of a ranking, up to the first point whose score is below the threshold. */
export function cutRanking(ranking: Ranking, threshold: number | null, limit: number): Ranking {
  const end = threshold === null ? -1 : ranking.scores.findIndex((score) => score < threshold)
  return sliceRanking(ranking, 0, end === -1 ? limit : Math.min(end, limit))
}

/** All slots of several rankings, each once, in the order in which they come. */
export function unionSlots(rankings: readonly Ranking[]): number[] {
  return [...new Set(rankings.flatMap(({ slots }) => slots))]
}
