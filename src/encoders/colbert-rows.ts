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

/**
 * Averages each `factor` rows that follow one another, the last ones fewer: ⌈rows / factor⌉ rows, not normalized.
 * @param values float32 [rows, dimension]
 * @see https://arxiv.org/abs/2409.14683 (there by clusters; neighbours do as well on the collections measured)
 */
export function poolRows(values: Float32Array, dimension: number, factor: number): Float32Array {
  const rows = values.length / dimension
  const pooled = new Float32Array(Math.ceil(rows / factor) * dimension)
  for (let row = 0; row < rows; row++) {
    const target = Math.floor(row / factor)
    const members = Math.min(factor, rows - target * factor)
    for (let i = 0; i < dimension; i++) {
      pooled[target * dimension + i]! += values[row * dimension + i]! / members
    }
  }
  return pooled
}
