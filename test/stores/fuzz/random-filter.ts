import type { Dice } from './dice.js'
import { type Json, randomIds, VECTOR_NAMES } from './random-points.js'

const PATHS = [
  'n',
  'f',
  'kw',
  'tags',
  'at',
  'flag',
  'text',
  'deep.x.y',
  'deep.list[].y',
  'nest[].v',
  '"a.b"',
  'tags[0]',
]

/** A filter of any of the conditions, now and then one in another. */
export function randomFilter(dice: Dice, depth = 0): Json {
  const filter: Json = {}
  for (const clause of dice.some(['must', 'must_not', 'should'], depth === 0 ? 0.45 : 0.4)) {
    filter[clause] = dice.list(1 + dice.below(2), () => randomCondition(dice, depth))
  }
  if (dice.chance(0.1)) {
    filter.min_should = { conditions: dice.list(2, () => randomCondition(dice, depth)), min_count: 1 + dice.below(2) }
  }
  return filter
}

function randomCondition(dice: Dice, depth: number): Json {
  const key = dice.one(PATHS)
  return dice.weighted<Json>([
    [5, () => ({ key, match: randomMatch(dice) })],
    [3, () => ({ key: dice.one(['n', 'f', 'deep.x.y']), range: randomRange(dice) })],
    [1, () => ({ key: 'at', range: { gte: '2024-01-01', lt: dice.one(['2024-03-01T00:00:00Z', '2025-01-01']) } })],
    [1, () => ({ key: 'tags', values_count: { [dice.one(['lt', 'gte', 'gt'])]: dice.below(3) } })],
    [1, () => ({ is_empty: { key } })],
    [1, () => ({ is_null: { key } })],
    [1, () => ({ key, is_null: dice.chance(0.5) })],
    [1, () => ({ has_id: randomIds(dice, 30) })],
    [1, () => ({ has_vector: dice.one(VECTOR_NAMES) })],
    [1, () => ({ key: 'geo', geo_radius: { center: { lon: 10, lat: 20 }, radius: 4e6 * (1 + dice.below(3)) } })],
    [1, () => ({ key: 'geo', geo_bounding_box: randomBox(dice) })],
    [1, () => ({ nested: { key: 'nest', filter: { must: [{ key: 'v', match: { value: dice.below(4) } }] } } })],
    [depth === 0 ? 1 : 0, () => randomFilter(dice, depth + 1)],
  ])
}

function randomMatch(dice: Dice): Json {
  return dice.weighted<Json>([
    [3, () => ({ value: dice.one<Json>([1, 2, 3, 'red', 'quick', 'fox', true]) })],
    [2, () => ({ any: dice.one<Json>([['red', 'blue'], [1, 2, 7], []]) })],
    [
      1,
      () => ({
        except: dice.one<Json>([
          ['red', 'fox'],
          [1, 2],
        ]),
      }),
    ],
    [1, () => ({ [dice.one(['text', 'text_any', 'phrase'])]: dice.one(['quick', 'lazy dog', 'FOX']) })],
  ])
}

function randomRange(dice: Dice): Json {
  const low = dice.below(20) - 5
  return { [dice.one(['gte', 'gt'])]: low, [dice.one(['lte', 'lt'])]: low + dice.below(12) }
}

function randomBox(dice: Dice): Json {
  const lon = dice.below(360) - 180
  return { top_left: { lon, lat: 60 }, bottom_right: { lon: dice.below(360) - 180, lat: -30 } }
}
