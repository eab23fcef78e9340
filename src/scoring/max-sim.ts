import type { Multivector } from '../vectors.js'
import type { Similarity } from './distance.js'
import { dotProduct } from './dot-product.js'

/**
 * MaxSim of late interaction: for each query row the largest similarity to a row of the document, summed over the query rows.
 * @param query float32 [query rows, dimension]
 * @param document float32 [document rows, dimension], at least one row
 * @see Khattab and Zaharia, ColBERT, 2020, equation 3
 */
export function maxSim(query: Multivector, document: Multivector, similarity: Similarity = dotProduct): number {
  return prepareMaxSim(query, similarity)(document)
}

/** {@link maxSim} of one query and many documents. */
export function prepareMaxSim(
  query: Multivector,
  similarity: Similarity = dotProduct,
): (document: Multivector) => number {
  const best = new Float64Array(query.rows)
  // As float64 the query's values need no conversion in the inner loop.
  const values = Float64Array.from(query.values)
  const { rows } = query
  const blockedRows = similarity === dotProduct ? rows - (rows % BLOCK) : 0
  return (document) => {
    best.fill(-Infinity)
    for (let row = 0; row < blockedRows; row += BLOCK) raiseByBlock(best, values, row, document)
    for (let row = blockedRows; row < rows; row++) raiseByRow(best, query, row, document, similarity)
    let sum = 0
    for (let row = 0; row < rows; row++) sum += best[row]!
    return sum
  }
}

function raiseByRow(
  best: Float64Array,
  query: Multivector,
  row: number,
  document: Multivector,
  similarity: Similarity,
): void {
  const { dimension } = query
  for (let start = 0; start < document.values.length; start += dimension) {
    const value = similarity(query.values, row * dimension, document.values, start, dimension)
    if (value > best[row]!) best[row] = value
  }
}

/** Query rows that are compared at once. */
const BLOCK = 4

/**
 * Raises the best dot products of four query rows, two document rows at a time: eight sums share six loads.
 * A document of an odd number of rows compares its last one twice.
 */
function raiseByBlock(best: Float64Array, query: Float64Array, row: number, document: Multivector): void {
  const { dimension, rows, values } = document
  const q0 = row * dimension
  const q1 = q0 + dimension
  const q2 = q1 + dimension
  const q3 = q2 + dimension
  for (let j = 0; j < rows; j += 2) {
    const d0 = j * dimension
    const d1 = j + 1 < rows ? d0 + dimension : d0
    let a0 = 0
    let a1 = 0
    let a2 = 0
    let a3 = 0
    let b0 = 0
    let b1 = 0
    let b2 = 0
    let b3 = 0
    for (let i = 0; i < dimension; i++) {
      const a = values[d0 + i]!
      const b = values[d1 + i]!
      const x0 = query[q0 + i]!
      const x1 = query[q1 + i]!
      const x2 = query[q2 + i]!
      const x3 = query[q3 + i]!
      a0 += a * x0
      a1 += a * x1
      a2 += a * x2
      a3 += a * x3
      b0 += b * x0
      b1 += b * x1
      b2 += b * x2
      b3 += b * x3
    }
    best[row] = Math.max(best[row]!, a0, b0)
    best[row + 1] = Math.max(best[row + 1]!, a1, b1)
    best[row + 2] = Math.max(best[row + 2]!, a2, b2)
    best[row + 3] = Math.max(best[row + 3]!, a3, b3)
  }
}
