import { dotProduct } from '../../scoring/dot-product.js'
import type { Vector } from '../../vectors.js'

/** How far two vectors of one text are from each other. */
export interface VectorDifference {
  /** The same to the last bit. */
  readonly isEqual: boolean
  /** −1 … 1; of multivectors that of their worst row. Null where they have other kinds, sizes or numbers of rows. */
  readonly cosine: number | null
}

const EQUAL: VectorDifference = { isEqual: true, cosine: 1 }
const NOT_ALIKE: VectorDifference = { isEqual: false, cosine: null }

/** Compares two vectors bit by bit, and by their cosine (in float64) where they differ. */
export function vectorDifference(a: Vector, b: Vector): VectorDifference {
  if ('indices' in a) {
    if (!('indices' in b)) return NOT_ALIKE
    if (areSame(a.indices, b.indices) && areSame(a.values, b.values)) return EQUAL
    return { isEqual: false, cosine: sparseCosine(a, b) }
  }
  if ('indices' in b) return NOT_ALIKE
  const [left, right] = [rowsOf(a), rowsOf(b)]
  if (a instanceof Float32Array !== b instanceof Float32Array) return NOT_ALIKE
  if (left.rows !== right.rows || left.dimension !== right.dimension) return NOT_ALIKE
  if (areSame(left.values, right.values)) return EQUAL
  let worst = 1
  for (let row = 0; row < left.rows; row++) {
    worst = Math.min(worst, rowCosine(left.values, right.values, row * left.dimension, left.dimension))
  }
  return { isEqual: false, cosine: worst }
}

type Numbers = Float32Array | Float64Array | Uint32Array

/** Bit by bit: 0 and −0 differ, and so do two NaNs. */
function areSame(a: Numbers, b: Numbers): boolean {
  return a.length === b.length && bytesOf(a).equals(bytesOf(b))
}

function bytesOf(numbers: Numbers): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

function rowsOf(vector: Exclude<Vector, { indices: unknown }>) {
  return vector instanceof Float32Array ? { rows: 1, dimension: vector.length, values: vector } : vector
}

function rowCosine(a: Float32Array, b: Float32Array, at: number, length: number): number {
  return cosineOf(dotProduct(a, at, b, at, length), dotProduct(a, at, a, at, length), dotProduct(b, at, b, at, length))
}

function sparseCosine(a: Extract<Vector, { indices: unknown }>, b: Extract<Vector, { indices: unknown }>): number {
  const others = new Map(Array.from(b.indices, (index, i) => [index, b.values[i]!] as const))
  let dot = 0
  for (const [i, index] of a.indices.entries()) dot += a.values[i]! * (others.get(index) ?? 0)
  return cosineOf(dot, squares(a.values), squares(b.values))
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}

/** Two vectors of zeros point the same way, one of them none. */
function cosineOf(dot: number, aSquares: number, bSquares: number): number {
  if (aSquares === 0 || bSquares === 0) return aSquares === bSquares ? 1 : 0
  // rounding may lead beyond what a cosine can be
  return Math.max(-1, Math.min(1, dot / Math.sqrt(aSquares * bSquares)))
}
