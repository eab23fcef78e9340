import type { Multivector, SparseVector, Vector } from '../../../vectors.js'
import { wrongInput } from '../../request/refusal.js'
import { isMultivector, isSparse } from '../../request/vector-input.js'

/**
 * The query vector of the strategy `average_vector`: 2 · mean of the positives − mean of the negatives (only the mean of the positives
 * where there is no negative). Of multivectors: the rows of the positives, then those of the negatives with their sign changed.
 * @throws StoreError `REQUEST_REFUSED` where there is no positive, or the examples are not of one kind
 */
export function averageExamples(positive: readonly Vector[], negative: readonly Vector[]): Vector {
  if (positive.length === 0) throw wrongInput('Positive vectors should not be empty with `average` strategy')
  const kind = commonKind(positive)
  if (negative.length > 0 && commonKind(negative) !== kind) {
    throw wrongInput(
      'Positive and negative vectors should be of the same type, either all dense or all sparse or all multi',
    )
  }
  switch (kind) {
    case 'sparse':
      return averageSparse(positive as SparseVector[], negative as SparseVector[])
    case 'multivector':
      return joinRows(positive as Multivector[], negative as Multivector[])
    case 'dense':
      return averageDense(positive as Float32Array[], negative as Float32Array[])
  }
}

type Kind = 'dense' | 'sparse' | 'multivector'

/** Vectors of one kind and dimension can be averaged. */
function commonKind(vectors: readonly Vector[]): Kind {
  const kinds = new Set(vectors.map(kindOf))
  if (kinds.size > 1) throw wrongInput("Can't average vectors with different types")
  const dimensions = new Set(vectors.map((vector) => (isSparse(vector) ? 0 : rowLength(vector))))
  if (dimensions.size > 1) throw wrongInput(`Can't average vectors of ${[...dimensions].join(' and ')} dimensions`)
  return kindOf(vectors[0]!)
}

function kindOf(vector: Vector): Kind {
  if (isSparse(vector)) return 'sparse'
  return isMultivector(vector) ? 'multivector' : 'dense'
}

function rowLength(vector: Multivector | Float32Array): number {
  return isMultivector(vector) ? vector.dimension : vector.length
}

function averageDense(positive: readonly Float32Array[], negative: readonly Float32Array[]): Float32Array {
  const like = meanOf(positive)
  if (negative.length === 0) return like
  const dislike = meanOf(negative)
  return like.map((value, i) => 2 * value - dislike[i]!)
}

function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]!.length)
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]!
  return mean.map((value) => value / vectors.length)
}

function averageSparse(positive: readonly SparseVector[], negative: readonly SparseVector[]): SparseVector {
  const sums = new Map<number, number>()
  const add = (vectors: readonly SparseVector[], weight: number) => {
    for (const { indices, values } of vectors) {
      for (const [i, index] of indices.entries()) {
        sums.set(index, (sums.get(index) ?? 0) + (weight * values[i]!) / vectors.length)
      }
    }
  }
  add(positive, negative.length === 0 ? 1 : 2)
  add(negative, -1)
  const indices = Uint32Array.from(sums.keys()).sort()
  return { indices, values: Float64Array.from(indices, (index) => Math.fround(sums.get(index)!)) }
}

function joinRows(positive: readonly Multivector[], negative: readonly Multivector[]): Multivector {
  const all = [...positive, ...negative]
  const { dimension } = all[0]!
  const rows = all.reduce((sum, vector) => sum + vector.rows, 0)
  const values = new Float32Array(rows * dimension)
  let at = 0
  all.forEach((vector, i) => {
    values.set(i < positive.length ? vector.values : vector.values.map((value) => -value), at)
    at += vector.values.length
  })
  return { rows, dimension, values }
}
