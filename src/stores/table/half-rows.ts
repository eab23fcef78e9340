import type { Distance, Similarity } from '../../scoring/distance.js'

/**
 * The similarity of short rows of halves (see `short-rows.ts`): each difference, square and product is rounded to half
 * precision before it is added up in float32, bit for bit as the server's scalar code does.
 * @see https://github.com/qdrant/qdrant/blob/v1.18.3/lib/segment/src/spaces/metric_f16/simple_euclid.rs
 */
export function similarityOfHalves(distance: Distance): Similarity {
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      return dotProductOfHalves
    case 'Euclid':
      return negatedSquaredEuclidOfHalves
    case 'Manhattan':
      return negatedManhattanOfHalves
  }
}

const dotProductOfHalves: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = Math.fround(sum + halfOf(a[aStart + i]! * b[bStart + i]!))
  return sum
}

const negatedSquaredEuclidOfHalves: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) {
    const difference = halfOf(a[aStart + i]! - b[bStart + i]!)
    sum = Math.fround(sum - halfOf(difference * difference))
  }
  return sum
}

const negatedManhattanOfHalves: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = Math.fround(sum - Math.abs(halfOf(a[aStart + i]! - b[bStart + i]!)))
  return sum
}

/** Largest half is 65504; from 65520 on it rounds to infinity. */
const HALF_OVERFLOW = 65520
const HALF_SMALLEST_NORMAL = 2 ** -14
const HALF_SUBNORMAL_STEP = 2 ** -24

function halfOf(value: number): number {
  const size = Math.abs(value)
  if (!(size < HALF_OVERFLOW)) return Number.isNaN(value) ? value : Math.sign(value) * Infinity
  const step = size < HALF_SMALLEST_NORMAL ? HALF_SUBNORMAL_STEP : 2 ** (Math.floor(Math.log2(size)) - 10)
  return roundTiesToEven(value / step) * step
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
