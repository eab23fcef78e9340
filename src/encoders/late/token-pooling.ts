import { optionError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { shown } from '../../options.js'
import type { MultivectorBatch } from '../../vectors.js'
import type { EncodedBatch, Side } from '../encoder.js'
import { normalizeRows } from './colbert-rows.js'

/** Beyond this a row says little of any token. */
export const MAX_POOL_FACTOR = 16

/** @throws InputError `INVALID_OPTION` */
export function requirePoolFactor({
  late,
  poolFactor,
}: {
  readonly late?: string | undefined
  readonly poolFactor?: number
}): void {
  if (poolFactor === undefined) return
  if (!Number.isSafeInteger(poolFactor) || poolFactor < 1 || poolFactor > MAX_POOL_FACTOR) {
    throw optionError(`poolFactor: expected an integer from 1 to ${MAX_POOL_FACTOR}, got ${shown(poolFactor)}.`)
  }
  if (late === undefined) {
    throw optionError('poolFactor: expected a late-interaction model, whose rows it pools, got none.')
  }
}

/**
 * How many rows of a document become one in a collection that is told nothing else; undefined for a row for each token. What stands in a model's
 * entry was measured on English: of other languages such a model knows pieces of words, and merged they lose what tells them apart (docs/adr/0016).
 * @param isCut long documents are in chunks; whole ones have the rows that FastEmbed gives them
 * @param language of BM25's words
 */
export function usualPoolFactor(
  entry: Pick<ModelEntry, 'poolFactor'>,
  isCut: boolean,
  language = 'english',
): number | undefined {
  return isCut && language === 'english' ? entry.poolFactor : undefined
}

/**
 * A batch whose documents have fewer rows: the mean of each `factor` rows that follow one another, of unit length again.
 * Queries stay as they are. What factors cost in quality is in docs/adr/0016.
 * @param factor checked by {@link requirePoolFactor}
 * @see https://arxiv.org/abs/2409.14683 where tokens are clustered; neighbours need no clustering
 */
export function poolDocuments(batch: EncodedBatch, side: Side, factor: number): EncodedBatch {
  if (side === 'query' || factor === 1 || batch.late === undefined) return batch
  return { ...batch, late: poolMultivectors(batch.late, factor) }
}

/** Averages each `factor` neighbouring rows of every text, the last ones fewer, and normalizes: ⌈rows / factor⌉ rows a text. */
export function poolMultivectors({ dimension, offsets, values }: MultivectorBatch, factor: number): MultivectorBatch {
  const texts = offsets.length - 1
  const pooledOffsets = new Uint32Array(texts + 1)
  for (let i = 0; i < texts; i++) {
    pooledOffsets[i + 1] = pooledOffsets[i]! + Math.ceil((offsets[i + 1]! - offsets[i]!) / factor)
  }
  // sums: their divisor cancels in the norm
  const sums = new Float32Array(pooledOffsets[texts]! * dimension)
  for (let i = 0; i < texts; i++) {
    for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
      const target = (pooledOffsets[i]! + Math.floor((row - offsets[i]!) / factor)) * dimension
      for (let d = 0; d < dimension; d++) sums[target + d]! += values[row * dimension + d]!
    }
  }
  return { dimension, offsets: pooledOffsets, values: normalizeRows(sums, dimension) }
}
