/** FastEmbed's smallest norm: a row of zeros stays one. */
const LEAST_NORM = 1e-12

/**
 * Which tokens of a document have a row in its multivector: all but those of the skip list.
 * @returns positions in `inputIds`, ascending
 */
export function findKeptRows(inputIds: Int32Array, skipped: ReadonlySet<number>): Uint32Array {
  const kept = new Uint32Array(inputIds.length)
  let count = 0
  for (let i = 0; i < inputIds.length; i++) if (!skipped.has(inputIds[i]!)) kept[count++] = i
  return kept.slice(0, count)
}

/**
 * Divides every row of `values`, float32 [rows, dimension], by its L2 norm, in place; sums are float64.
 * @returns `values`
 */
export function normalizeRows(values: Float32Array, dimension: number): Float32Array {
  for (let begin = 0; begin < values.length; begin += dimension) {
    let squares = 0
    for (let i = begin; i < begin + dimension; i++) squares += values[i]! * values[i]!
    const norm = Math.max(Math.sqrt(squares), LEAST_NORM)
    for (let i = begin; i < begin + dimension; i++) values[i] = values[i]! / norm
  }
  return values
}
