import { VectorError } from '../errors.js'
import { requireRows } from '../vectors/require-vector.js'
import type { Multivector } from '../vectors.js'
import type { Similarity } from './distance.js'
import { dotProduct } from './dot-product.js'
import { copyRows, DOCUMENT_BLOCK, QUERY_BLOCK, reserveMemory, simdKernels } from './simd-kernels.js'

/**
 * MaxSim of late interaction: for each query row the largest dot product with a row of the document, summed over the query rows.
 * Dot products, and the sum over the rows, are in float32.
 * @param query float32 [query rows, dimension]
 * @param document float32 [document rows, dimension], at least one row
 * @throws VectorError `VECTOR_KIND`, `VECTOR_DIMENSION`, `VECTOR_EMPTY`
 * @see Khattab and Zaharia, ColBERT, 2020, equation 3
 * @example
 * const query = { rows: 1, dimension: 2, values: Float32Array.of(1, 0) }
 * maxSim(query, { rows: 2, dimension: 2, values: Float32Array.of(0, 1, 0.6, 0.8) }) // 0.6
 */
export function maxSim(query: Multivector, document: Multivector): number {
  requireRows('maxSim', query)
  requireRows('maxSim', document)
  if (query.dimension !== document.dimension) {
    throw new VectorError(
      'VECTOR_DIMENSION',
      `maxSim: expected rows of one dimension, got ${query.dimension} of the query and ${document.dimension} of the document.`,
    )
  }
  if (document.rows === 0) {
    throw new VectorError('VECTOR_EMPTY', 'maxSim: expected a document of at least one row, got an empty one.')
  }
  // a copy: the kernel knows the query that it has loaded by its identity, and a caller may change theirs
  return prepareMaxSim({ ...query })(document)
}

/** MaxSim of one query and many documents, by any similarity; nothing is checked. */
export function prepareMaxSim(
  query: Multivector,
  similarity: Similarity = dotProduct,
): (document: Multivector) => number {
  const maxima = similarity === dotProduct ? maximaByKernel(query) : maximaBy(query, similarity)
  return (document) => {
    const best = maxima(document)
    let sum = 0
    for (let row = 0; row < query.rows; row++) sum = Math.fround(sum + best[row]!)
    return sum
  }
}

/** Gives for each query row the largest similarity to a row of the document; valid until the next call. */
type Maxima = (document: Multivector) => Float32Array | Float64Array

function maximaBy(query: Multivector, similarity: Similarity): Maxima {
  const { rows, dimension } = query
  const best = new Float64Array(rows)
  return ({ values }) => {
    best.fill(-Infinity)
    for (let row = 0; row < rows; row++) {
      for (let start = 0; start < values.length; start += dimension) {
        const value = similarity(query.values, row * dimension, values, start, dimension)
        if (value > best[row]!) best[row] = value
      }
    }
    return best
  }
}

/** Memory: the maxima, the query's rows, the document's rows. */
function maximaByKernel(query: Multivector): Maxima {
  const kernels = simdKernels()
  const stride = 4 * roundUp(query.dimension, 4)
  const queryRows = roundUp(query.rows, QUERY_BLOCK)
  const queryAt = roundUp(4 * queryRows, 16)
  const documentAt = queryAt + queryRows * stride
  return (document) => {
    const rows = roundUp(document.rows, DOCUMENT_BLOCK)
    const documentEnd = documentAt + rows * stride
    reserveMemory(kernels, documentEnd)
    const memory = new Float32Array(kernels.memory.buffer, 0, documentEnd / 4)
    if (kernels.loaded !== query) {
      memory.fill(0, 0, documentAt / 4)
      copyRows(query, memory, queryAt / 4, stride / 4)
      kernels.loaded = query
    }
    copyRows(document, memory, documentAt / 4, stride / 4)
    // a block that is not full compares the last row again
    const last = documentAt + (document.rows - 1) * stride
    for (let at = last + stride; at < documentEnd; at += stride) {
      memory.copyWithin(at / 4, last / 4, (last + stride) / 4)
    }
    const best = memory.subarray(0, queryRows)
    best.fill(-Infinity)
    kernels.raiseMaxima(queryAt, documentAt, documentAt, documentEnd, stride, 0)
    return best
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
