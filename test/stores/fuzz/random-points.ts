import type { Dice } from './dice.js'

// biome-ignore lint/suspicious/noExplicitAny: requests are made at random, and some are wrong on purpose
export type Json = any

/** Collections with named vectors of every kind, and one with a single unnamed vector. */
export const NAMED_COLLECTIONS = ['a', 'b', 'c']
export const UNNAMED_COLLECTION = 'u'

export const NAMED_CONFIG: Json = {
  vectors: {
    cos: { size: 8, distance: 'Cosine' },
    half: { size: 16, distance: 'Dot', datatype: 'float16' },
    bytes: { size: 6, distance: 'Euclid', datatype: 'uint8' },
    man: { size: 5, distance: 'Manhattan' },
    late: { size: 4, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
    late_half: { size: 4, distance: 'Dot', datatype: 'float16', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { words: { modifier: 'idf' }, plain: {}, halves: { index: { datatype: 'float16' } } },
}

export const UNNAMED_CONFIG: Json = { vectors: { size: 8, distance: 'Cosine' } }

/** A vector that comes and goes while there are points. */
export const EXTRA_VECTOR = 'extra'

const ROW_LENGTHS: Readonly<Record<string, number>> = {
  '': 8,
  cos: 8,
  half: 16,
  bytes: 6,
  man: 5,
  late: 4,
  late_half: 4,
  extra: 3,
}
const MULTIVECTORS = ['late', 'late_half']
const SPARSE = ['words', 'plain', 'halves']
export const DENSE_NAMES = ['cos', 'half', 'bytes', 'man']
export const VECTOR_NAMES = [...DENSE_NAMES, ...MULTIVECTORS, ...SPARSE]

/** Terms of the sparse vectors. */
export const TERMS = 12
const INTEGER_IDS = 150
const UUID_IDS = 50

export function randomId(dice: Dice): number | string {
  if (dice.chance(0.75)) return dice.below(INTEGER_IDS)
  return `00000000-0000-4000-8000-${String(dice.below(UUID_IDS)).padStart(12, '0')}`
}

export function randomIds(dice: Dice, most: number): (number | string)[] {
  return dice.list(1 + dice.below(most), () => randomId(dice))
}

/** Few distinct values, so that scores are often equal; −0 and what half precision cannot hold among them. */
function randomValue(dice: Dice): number {
  if (dice.chance(0.03)) return dice.one([-0, 1e-8, -1e-8, 65500, 0.1])
  return (dice.below(17) - 8) / 4
}

export function randomVector(dice: Dice, name: string): Json {
  if (SPARSE.includes(name)) return randomSparse(dice)
  const row = () => dice.list(ROW_LENGTHS[name]!, () => (name === 'bytes' ? dice.below(300) - 20 : randomValue(dice)))
  return MULTIVECTORS.includes(name) ? dice.list(1 + dice.below(5), row) : row()
}

export function randomSparse(dice: Dice): Json {
  const indices = [...new Set(dice.list(dice.chance(0.1) ? 0 : 1 + dice.below(4), () => dice.below(TERMS)))]
  return { indices, values: indices.map(() => (1 + dice.below(6)) / 2) }
}

/** Some of the vectors of those names. */
export function randomVectors(dice: Dice, names: readonly string[], share: number): Record<string, Json> {
  return Object.fromEntries(dice.some(names, share).map((name) => [name, randomVector(dice, name)]))
}

const WORDS = ['quick', 'brown', 'fox', 'über', 'lazy dog', 'The']

export const PAYLOAD_KEYS = ['n', 'f', 'kw', 'tags', 'at', 'geo', 'flag', 'nest', 'text', 'deep', 'a.b']

export function randomPayloadValue(dice: Dice, key: string): Json {
  if (dice.chance(0.06)) return dice.one([null, [], {}, '', 0, false, [null], [[1]]])
  switch (key) {
    case 'n':
      return dice.chance(0.2) ? dice.list(dice.below(4), () => dice.below(6)) : dice.below(20) - 5
    case 'f':
      return dice.below(40) / 8 + 0.0625
    case 'tags':
      return dice.list(dice.below(4), () => dice.one(['red', 'green', 'blue']))
    case 'at':
      return dice.one(['2024-02-29T12:00:00Z', '2024-03-01', '2023-12-31T23:59:59.5+01:00', 'never'])
    case 'geo':
      return { lon: dice.below(360) - 180, lat: dice.below(180) - 90 }
    case 'flag':
      return dice.chance(0.5)
    case 'nest':
      return dice.list(dice.below(3), () => ({ v: dice.below(4), w: dice.one(WORDS) }))
    case 'deep':
      return { x: { y: dice.below(3) }, list: dice.list(dice.below(3), () => ({ y: dice.below(3) })) }
    default:
      return dice.list(1 + dice.below(2), () => dice.one(WORDS)).join(' ')
  }
}

export function randomPayload(dice: Dice): Record<string, Json> {
  return Object.fromEntries(dice.some(PAYLOAD_KEYS, 0.5).map((key) => [key, randomPayloadValue(dice, key)]))
}
