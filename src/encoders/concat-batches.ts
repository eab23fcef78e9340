import type { DenseBatch, MultivectorBatch, SparseBatch } from '../vectors.js'
import type { EncodedBatch } from './encoder.js'

/** One batch out of several with the same kinds of vector, texts in the same order. */
export function concatBatches(batches: readonly EncodedBatch[]): EncodedBatch {
  if (batches.length === 1) return batches[0]!
  const dense = batches.flatMap((batch) => (batch.dense === undefined ? [] : [batch.dense]))
  const sparse = batches.flatMap((batch) => (batch.sparse === undefined ? [] : [batch.sparse]))
  const late = batches.flatMap((batch) => (batch.late === undefined ? [] : [batch.late]))
  return {
    ...(dense.length > 0 && { dense: concatDense(dense) }),
    ...(sparse.length > 0 && { sparse: concatSparse(sparse) }),
    ...(late.length > 0 && { late: concatLate(late) }),
    tokens: concat(Uint32Array, batches, ({ tokens }) => tokens),
    cutTokens: concat(Uint32Array, batches, ({ cutTokens }) => cutTokens),
  }
}

function concatDense(parts: readonly DenseBatch[]): DenseBatch {
  return {
    dimension: parts[0]!.dimension,
    values: concat(Float32Array, parts, ({ values }) => values),
  }
}

function concatSparse(parts: readonly SparseBatch[]): SparseBatch {
  return {
    offsets: concatOffsets(parts.map((part) => part.offsets)),
    indices: concat(Uint32Array, parts, ({ indices }) => indices),
    values: concat(Float64Array, parts, ({ values }) => values),
  }
}

function concatLate(parts: readonly MultivectorBatch[]): MultivectorBatch {
  return {
    dimension: parts[0]!.dimension,
    offsets: concatOffsets(parts.map((part) => part.offsets)),
    values: concat(Float32Array, parts, ({ values }) => values),
  }
}

/** Offsets of the joined list: each part's offsets moved by what stands before it. */
function concatOffsets(parts: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(parts.reduce((sum, part) => sum + part.length - 1, 1))
  let at = 1
  let before = 0
  for (const part of parts) {
    for (let i = 1; i < part.length; i++) joined[at++] = before + part[i]!
    before += part[part.length - 1]!
  }
  return joined
}

interface FlatArray<T> {
  readonly length: number
  set(values: T, offset: number): void
}

function concat<P, T extends FlatArray<T>>(
  Kind: new (length: number) => T,
  parts: readonly P[],
  valuesOf: (part: P) => T,
): T {
  const arrays = parts.map(valuesOf)
  const joined = new Kind(arrays.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of arrays) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
