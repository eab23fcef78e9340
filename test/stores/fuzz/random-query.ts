import type { Dice } from './dice.js'
import { randomFilter } from './random-filter.js'
import {
  DENSE_NAMES,
  type Json,
  NAMED_COLLECTIONS,
  PAYLOAD_KEYS,
  randomId,
  randomVector,
  UNNAMED_COLLECTION,
  VECTOR_NAMES,
} from './random-points.js'

const DEEPEST = 2

/** A query of any kind for a collection, over prefetches of any kind. */
export function randomQuery(dice: Dice, collection: string): Json {
  const request = randomLevel(dice, collection, 0)
  if (dice.chance(0.3)) request.offset = dice.below(5)
  if (dice.chance(0.4)) request.with_payload = randomPayloadSelector(dice)
  if (dice.chance(0.2)) request.with_vector = dice.chance(0.5) ? true : [nameIn(dice, collection)]
  return request
}

export function randomPayloadSelector(dice: Dice): Json {
  const keys = dice.some(PAYLOAD_KEYS, 0.3).map((key) => (key.includes('.') ? `"${key}"` : key))
  return dice.one<Json>([true, false, keys, { include: [...keys, 'nest[].v'] }, { exclude: keys }])
}

export function nameIn(dice: Dice, collection: string): string {
  return collection === UNNAMED_COLLECTION ? '' : dice.one(VECTOR_NAMES)
}

function randomLevel(dice: Dice, collection: string, depth: number): Json {
  const level: Json = { limit: 1 + dice.below(depth === 0 ? 15 : 40) }
  if (dice.chance(0.35)) level.filter = randomFilter(dice)
  if (depth < DEEPEST && dice.chance(depth === 0 ? 0.35 : 0.15)) {
    level.prefetch = dice.list(1 + dice.below(3), () => randomLevel(dice, collection, depth + 1))
    dice.weighted([
      [4, () => Object.assign(level, { query: randomFusion(dice, level.prefetch.length) })],
      [2, () => Object.assign(level, { query: randomFormula(dice) })],
      [3, () => Object.assign(level, randomRanking(dice, collection, depth))],
    ])
  } else if (!dice.chance(0.05)) Object.assign(level, randomRanking(dice, collection, depth))
  if (level.query !== undefined && level.query.order_by === undefined && dice.chance(0.15))
    level.score_threshold = (dice.below(17) - 8) / 8
  return level
}

function randomFusion(dice: Dice, lists: number): Json {
  return dice.weighted<Json>([
    [2, () => ({ fusion: dice.one(['rrf', 'dbsf']) })],
    [1, () => ({ rrf: { k: 1 + dice.below(60), weights: dice.list(lists, () => dice.below(5) / 2) } })],
  ])
}

function randomFormula(dice: Dice): Json {
  const term = () =>
    dice.weighted<Json>([
      [3, () => '$score'],
      [1, () => '$score[1]'],
      [1, () => 'f'],
      [1, () => dice.below(8) / 4],
      [1, () => ({ key: 'kw', match: { value: 'quick' } })],
      [1, () => ({ abs: { neg: 'n' } })],
      [1, () => ({ geo_distance: { origin: { lon: 0, lat: 0 }, to: 'geo' } })],
      [1, () => ({ exp_decay: { x: { datetime_key: 'at' }, target: { datetime: '2024-01-01' }, scale: 86400 } })],
      [1, () => ({ gauss_decay: { x: 'f', target: 2, scale: 1.5, midpoint: 0.3 } })],
      [1, () => ({ div: { left: '$score', right: 'n', by_zero_default: 1 } })],
      [1, () => ({ pow: { base: 'f', exponent: 2 } })],
    ])
  const formula = { [dice.one(['sum', 'mult'])]: dice.list(1 + dice.below(3), term) }
  const defaults = { f: 1, n: 2, geo: { lon: 1, lat: 1 }, at: '2024-01-02T00:00:00Z' }
  return dice.chance(0.95) ? { formula, defaults } : { formula }
}

/** A query that ranks by itself, with the vector that it is about. What comes of a random prefetch cannot be compared. */
function randomRanking(dice: Dice, collection: string, depth: number): Json {
  const using = nameIn(dice, collection)
  const example = () => (dice.chance(0.15) ? randomId(dice) : randomVector(dice, using))
  const level: Json = using === '' ? {} : { using }
  const query = dice.weighted<Json>([
    [6, () => (dice.chance(0.15) ? randomId(dice) : randomVector(dice, using))],
    [1, () => ({ nearest: example(), mmr: { diversity: dice.below(5) / 4, candidates_limit: 5 + dice.below(30) } })],
    [2, () => ({ recommend: randomRecommendation(dice, example) })],
    [1, () => ({ discover: { target: example(), context: randomPairs(dice, example) } })],
    [1, () => ({ context: randomPairs(dice, example) })],
    [1, () => ({ relevance_feedback: randomFeedback(dice, example) })],
    [0.6, () => ({ order_by: randomOrder(dice) })],
    [depth === 0 ? 0.3 : 0, () => ({ sample: 'random' })],
  ])
  if (dice.chance(0.1)) level.lookup_from = { collection: dice.one(NAMED_COLLECTIONS), vector: dice.one(VECTOR_NAMES) }
  if (dice.chance(0.1)) level.params = { exact: true }
  return { ...level, query }
}

function randomRecommendation(dice: Dice, example: () => Json): Json {
  return {
    positive: dice.list(dice.below(3), example),
    negative: dice.list(dice.below(3), example),
    strategy: dice.one(['average_vector', 'best_score', 'sum_scores']),
  }
}

function randomPairs(dice: Dice, example: () => Json): Json[] {
  return dice.list(dice.below(3), () => ({ positive: example(), negative: example() }))
}

function randomFeedback(dice: Dice, example: () => Json): Json {
  return {
    target: example(),
    feedback: dice.list(1 + dice.below(3), () => ({ example: example(), score: dice.below(5) / 4 })),
    strategy: { naive: { a: 1, b: dice.below(3), c: 0.5 } },
  }
}

export function randomOrder(dice: Dice): Json {
  const key = dice.one(['n', 'f', 'at'])
  if (dice.chance(0.3)) return key
  return {
    key,
    direction: dice.one(['asc', 'desc']),
    ...(dice.chance(0.3) && { start_from: key === 'at' ? '2024-02-29T12:00:00Z' : dice.below(6) }),
  }
}

export function randomGroups(dice: Dice, collection: string): Json {
  const { offset: _, ...request } = randomQuery(dice, collection)
  return {
    ...request,
    group_by: dice.one(['n', 'kw', 'tags', 'deep.x.y']),
    group_size: 1 + dice.below(3),
    limit: 1 + dice.below(4),
    ...(dice.chance(0.3) && { with_lookup: dice.one(NAMED_COLLECTIONS) }),
  }
}

/** All points that have the vector, so that nothing is left to chance. */
export function wholeMatrix(dice: Dice, collection: string): Json {
  const using = collection === UNNAMED_COLLECTION ? {} : { using: dice.one(DENSE_NAMES) }
  return { sample: 1000, limit: 1 + dice.below(4), ...using, ...(dice.chance(0.5) && { filter: randomFilter(dice) }) }
}
