import { randomNumbers } from '../../scoring/random-numbers.js'
import type { DenseBatch } from '../../vectors.js'

/** A new vector lies up to this far on the way from one text to another of its surroundings. */
const LARGEST_STEP = 0.5
/** A new vector stands next to a text that is at most so many rows away: mostly of the same document. */
const SURROUNDINGS = 8
/** Length of the noise, where a vector has length 1: two vectors from one text keep a cosine of about 0.9. */
const NOISE = 0.3

/**
 * Many vectors with the clusters of real ones: first those of the texts, then new ones, each on the way between two texts that
 * stand near each other in the corpus, moved by Gaussian noise and scaled to length 1. The same for the same input.
 * @param base float32 [rows, dimension], L2-normalized, neighbouring texts in neighbouring rows
 * @returns `count` vectors, float32 [dimension] each
 */
export function* spreadVectors({ dimension, values }: DenseBatch, count: number): Generator<Float32Array> {
  const rows = values.length / dimension
  const random = randomNumbers(1)
  const scale = NOISE / Math.sqrt(dimension)
  for (let i = 0; i < count; i++) {
    if (i < rows) {
      yield values.slice(i * dimension, (i + 1) * dimension)
      continue
    }
    const from = Math.floor(random() * rows)
    const to = (from + 1 + Math.floor(random() * SURROUNDINGS)) % rows
    const step = random() * LARGEST_STEP
    const vector = new Float32Array(dimension)
    let squaredLength = 0
    for (let d = 0; d < dimension; d++) {
      const between = values[from * dimension + d]! * (1 - step) + values[to * dimension + d]! * step
      const value = between + scale * gaussian(random)
      vector[d] = value
      squaredLength += value * value
    }
    const length = Math.sqrt(squaredLength)
    for (let d = 0; d < dimension; d++) vector[d]! /= length
    yield vector
  }
}

/** A normally distributed number by Box and Muller. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
