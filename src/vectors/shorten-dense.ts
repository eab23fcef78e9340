import type { DenseVector } from '../vectors.js'

/** A norm below this counts as this, so that zeros stay zeros. */
const SMALLEST_NORM = 1e-12

/**
 * The first floats of a dense vector (Matryoshka), brought to L2 norm 1 again where the whole one was; sums are float64, rounded once.
 * Every cut of a dense vector is this one, of the float32 vector that the model gives: the same bits from the library as from the service.
 * @param vector float32 [n]
 * @param target float32 [dimensions], dimensions at most n
 * @see https://arxiv.org/abs/2205.13147
 */
export function shortenDense(vector: DenseVector, isNormalized: boolean, target: DenseVector): void {
  let norm = 1
  if (isNormalized) {
    let squares = 0
    for (let i = 0; i < target.length; i++) squares += vector[i]! * vector[i]!
    norm = Math.max(Math.sqrt(squares), SMALLEST_NORM)
  }
  for (let i = 0; i < target.length; i++) target[i] = vector[i]! / norm
}
