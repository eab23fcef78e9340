import { dotProduct } from './dot-product.js'

export type Distance = 'Cosine' | 'Dot' | 'Euclid' | 'Manhattan'

/** Similarity of two float32 rows inside flat arrays; a larger value is nearer. */
export type Similarity = (a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number) => number

/** Minus the squared Euclidean distance, summed in float64. */
export const negatedSquaredEuclid: Similarity = (a, aStart, b, bStart, length) => {
  let sum = 0
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    sum -= difference * difference
  }
  return sum
}

/** Minus the Manhattan distance, summed in float64. */
function negatedManhattan(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum -= Math.abs(a[aStart + i]! - b[bStart + i]!)
  return sum
}

/** Cosine of two rows of any length, in float32; 0 where one of them is zero. */
export const cosineSimilarity: Similarity = (a, aStart, b, bStart, length) => {
  const product = (x: Float32Array, xStart: number, y: Float32Array, yStart: number) =>
    Math.fround(dotProduct(x, xStart, y, yStart, length))
  const norms = Math.fround(product(a, aStart, a, aStart) * product(b, bStart, b, bStart))
  return norms === 0 ? 0 : Math.fround(product(a, aStart, b, bStart) / Math.fround(Math.sqrt(norms)))
}

/** The similarity by which a distance compares stored rows: those of `Cosine` are normalized, so it is their dot product. */
export function similarityOf(distance: Distance): Similarity {
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      return dotProduct
    case 'Euclid':
      return negatedSquaredEuclid
    case 'Manhattan':
      return negatedManhattan
  }
}

/** The score shown for a similarity, in float32: a distance is shown positive, the squared one as its root. */
export function shownScore(distance: Distance, similarity: number): number {
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      return Math.fround(similarity)
    case 'Euclid':
      return Math.fround(Math.sqrt(Math.abs(similarity)))
    case 'Manhattan':
      return Math.fround(Math.abs(similarity))
  }
}

/** Whether a smaller shown score is better. */
export function isSmallBetter(distance: Distance): boolean {
  return distance === 'Euclid' || distance === 'Manhattan'
}
