import type { Multivector, SparseVector, Vector } from '../vectors.js'

/** A vector in plain arrays, for JSON. */
export type PlainVector = number[] | number[][] | PlainSparse

interface PlainSparse {
  indices: number[]
  values: number[]
}

export function plainVector(vector: Vector): PlainVector {
  if (vector instanceof Float32Array) return Array.from(vector)
  return 'indices' in vector ? plainSparse(vector) : plainRows(vector)
}

export function plainSparse({ indices, values }: SparseVector): PlainSparse {
  return { indices: Array.from(indices), values: Array.from(values) }
}

export function plainRows({ rows, dimension, values }: Multivector): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * dimension, (row + 1) * dimension)))
}
