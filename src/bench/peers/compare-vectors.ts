import { readFile } from 'node:fs/promises'
import { dotProduct } from '../../scoring/dot-product.js'

/** How far two lists of vectors lie apart; all vectors are L2-normalized rows, or sparse vectors. */
export interface VectorComparison {
  readonly vectors: number
  /** Largest difference of two values in the same place. */
  readonly largestDifference: number
  readonly minCosine: number
  readonly meanCosine: number
}

/**
 * Compares row by row.
 * @param a float32 [rows, dimension], each row L2-normalized
 * @param b the same shape
 * @returns null if they do not have the same length
 */
export function compareDense(a: Float32Array, b: Float32Array, dimension: number): VectorComparison | null {
  if (a.length !== b.length || a.length === 0 || a.length % dimension !== 0) return null
  let largestDifference = 0
  for (let i = 0; i < a.length; i++) largestDifference = Math.max(largestDifference, Math.abs(a[i]! - b[i]!))
  const rows = a.length / dimension
  const cosines = Array.from({ length: rows }, (_, row) => {
    const at = row * dimension
    const norms = Math.sqrt(dotProduct(a, at, a, at, dimension) * dotProduct(b, at, b, at, dimension))
    return dotProduct(a, at, b, at, dimension) / norms
  })
  return { vectors: rows, largestDifference, ...minAndMean(cosines) }
}

/** One sparse vector as plain arrays, in any order of its indices. */
export interface PlainSparse {
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

/** Compares vector by vector; an index that one of them lacks counts as zero there. Two empty vectors are alike. */
export function compareSparseVectors(a: readonly PlainSparse[], b: readonly PlainSparse[]): VectorComparison | null {
  if (a.length !== b.length || a.length === 0) return null
  let largestDifference = 0
  const cosines = a.map((x, i) => {
    const left = toMap(x)
    const right = toMap(b[i]!)
    for (const index of new Set([...left.keys(), ...right.keys()])) {
      largestDifference = Math.max(largestDifference, Math.abs((left.get(index) ?? 0) - (right.get(index) ?? 0)))
    }
    const product = [...left].reduce((sum, [index, value]) => sum + value * (right.get(index) ?? 0), 0)
    const norms = Math.sqrt(squareSum(left) * squareSum(right))
    return norms === 0 ? (left.size === right.size ? 1 : 0) : product / norms
  })
  return { vectors: a.length, largestDifference, ...minAndMean(cosines) }
}

/** Raw float32 of a file, or null if it is not there. */
export async function readFloats(file: string): Promise<Float32Array | null> {
  const bytes = await readFile(file).catch(() => null)
  return bytes && new Float32Array(Uint8Array.from(bytes).buffer)
}

/** Sparse vectors of a file, one JSON object a line, or null if it is not there. */
export async function readSparse(file: string): Promise<PlainSparse[] | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PlainSparse)
}

function toMap({ indices, values }: PlainSparse): Map<number, number> {
  return new Map(indices.map((index, i) => [index, values[i]!]))
}

function squareSum(vector: ReadonlyMap<number, number>): number {
  return [...vector.values()].reduce((sum, value) => sum + value * value, 0)
}

function minAndMean(cosines: readonly number[]): { minCosine: number; meanCosine: number } {
  const minCosine = cosines.reduce((least, cosine) => Math.min(least, cosine), Number.POSITIVE_INFINITY)
  return { minCosine, meanCosine: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length }
}
