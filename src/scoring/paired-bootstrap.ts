import { randomNumbers } from './random-numbers.js'

/** An interval that holds a mean with a given confidence. */
export type Interval = readonly [low: number, high: number]

export interface BootstrapOptions {
  /** Samples that are drawn. @default 2000 */
  readonly draws?: number
  /** @default 0.95 */
  readonly confidence?: number
  /** Equal seeds draw equal samples. @default 1 */
  readonly seed?: number
}

/** Of the mean of one value for each question, and of the differences of two such lists. */
export interface PairedComparison {
  readonly difference: number
  readonly interval: Interval
  /** Whether the interval leaves 0 out. */
  readonly isSignificant: boolean
}

const DRAWS = 2000
const CONFIDENCE = 0.95

/**
 * The percentile interval of a mean: questions are drawn anew, with replacement, as often as there are.
 * @see Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13
 */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions = {}): Interval {
  const { draws = DRAWS, confidence = CONFIDENCE, seed = 1 } = options
  const count = values.length
  if (count === 0) return [Number.NaN, Number.NaN]
  const random = randomNumbers(seed)
  const means = new Float64Array(draws)
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    for (let i = 0; i < count; i++) sum += values[Math.floor(random() * count)]!
    means[draw] = sum / count
  }
  means.sort()
  const tail = (1 - confidence) / 2
  return [quantile(means, tail), quantile(means, 1 - tail)]
}

/** How far two ways to search are apart on the same questions: `second` minus `first`. */
export function comparePaired(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options?: BootstrapOptions,
): PairedComparison {
  if (first.length !== second.length) {
    throw new RangeError(`expected as many values on both sides, got ${first.length} and ${second.length}`)
  }
  const differences = Float64Array.from({ length: first.length }, (_, i) => second[i]! - first[i]!)
  const interval = bootstrapMean(differences, options)
  const difference = differences.reduce((sum, value) => sum + value, 0) / differences.length
  return { difference, interval, isSignificant: interval[0] > 0 || interval[1] < 0 }
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const low = Math.floor(place)
  const high = Math.ceil(place)
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (place - low)
}
