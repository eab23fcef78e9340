import { type EncodedBatch, vectorAt } from '../../encoders/encoder.js'
import { ModelError, optionError } from '../../errors.js'
import type { ModelEntry, VectorKind } from '../../onnx/manifest.js'
import { shortenDense } from '../../vectors/shorten-dense.js'
import { denseAt, type Multivector, multivectorAt, sparseAt, type Vector } from '../../vectors.js'

/**
 * The vector of text `at` of a batch, a view unless it is shortened.
 * @param dimensions floats of a dense vector that are kept, see {@link requireDimensions}
 * @throws ModelError `VECTOR_NOT_FINITE`: JSON has no such numbers
 */
export function readVector(
  batch: EncodedBatch,
  at: number,
  { entry, kind }: { readonly entry: ModelEntry; readonly kind: VectorKind },
  dimensions: number | undefined,
): Vector {
  const vector = vectorAt(batch, at, kind)
  if (!(vector instanceof Float32Array ? vector : vector.values).every(Number.isFinite)) {
    throw new ModelError('VECTOR_NOT_FINITE', `${entry.name} gave a vector with values that are not finite.`)
  }
  if (dimensions === undefined || !(vector instanceof Float32Array) || dimensions === vector.length) return vector
  // not by an encoder of its own, as the library does: a request could then make any number of them
  const values = new Float32Array(dimensions)
  shortenDense(vector, entry.normalize ?? true, values)
  return values
}

/** The vector of a late-interaction model. */
export function multivectorOf(vector: Vector): Multivector {
  if (!('rows' in vector)) throw new TypeError('Expected a multivector.')
  return vector
}

/** @throws InputError `INVALID_OPTION` unless a vector of the model can be shortened so, or is not to be */
export function requireDimensions(dimensions: number | undefined, { name, kind, dimension }: ModelEntry): void {
  if (dimensions === undefined) return
  if (kind !== 'dense') {
    throw optionError(`${name}: only dense vectors can be shortened, and it is a ${kind} model.`)
  }
  if (Number.isSafeInteger(dimensions) && dimensions >= 1 && dimensions <= dimension!) return
  throw optionError(
    `${name}: expected a number of dimensions from 1 to ${dimension}, got ${JSON.stringify(dimensions)}.`,
  )
}

/** One text of a batch as a batch of its own, views without a copy. */
export function pickText(batch: EncodedBatch, at: number): EncodedBatch {
  const sparse = batch.sparse && sparseAt(batch.sparse, at)
  const late = batch.late && multivectorAt(batch.late, at)
  return {
    ...(batch.dense && { dense: { dimension: batch.dense.dimension, values: denseAt(batch.dense, at) } }),
    ...(sparse && { sparse: { ...sparse, offsets: Uint32Array.of(0, sparse.indices.length) } }),
    ...(late && {
      late: { dimension: late.dimension, values: late.values, offsets: Uint32Array.of(0, late.rows) },
    }),
    tokens: batch.tokens.slice(at, at + 1),
    cutTokens: batch.cutTokens.slice(at, at + 1),
  }
}
