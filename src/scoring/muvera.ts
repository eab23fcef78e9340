import { VectorError } from '../errors.js'
import { rejectUnknownOptions, requireCount, requireObject, shown } from '../options.js'
import { requireRows } from '../vectors/require-vector.js'
import { NumpyGenerator } from './numpy-generator.js'

/** Sizes and seed of MUVERA's random matrices. */
export interface MuveraOptions {
  /** Hyperplanes of a partition: token embeddings fall into 2^kSim cells; 0 … 16. @default 5 */
  readonly kSim?: number
  /** Numbers that are left of each cell's centre, 1 … dim; with dim itself nothing is projected. @default 16 */
  readonly dimProj?: number
  /** Independent partitions, whose encodings stand one after the other; 1 or more. @default 20 */
  readonly rReps?: number
  /** Seed of the random matrices, 0 … 2^53 − 1: documents and queries need the same one. @default 42 */
  readonly seed?: number
}

/** Token embeddings of one text, row by row; a {@link Multivector} is one. */
export interface TokenRows {
  readonly rows: number
  readonly dimension: number
  readonly values: ArrayLike<number>
}

const OPTION_NAMES = ['kSim', 'dimProj', 'rReps', 'seed']
const MAX_K_SIM = 16
/** A longer encoding is a mistake: 2 GB of float64. */
const MAX_SIZE = 2 ** 28

/**
 * MUVERA: a multivector of any number of rows as one vector of fixed size, so that the dot product of a query's and a
 * document's encoding approximates their MaxSim. The numbers are FastEmbed's: to the last bit where rows have up to 256 floats, beyond that up to the order
 * in which its BLAS adds.
 *
 * Each of `rReps` random partitions puts the rows into 2^kSim cells by the signs of kSim projections (SimHash). A query's cell
 * holds the sum of its rows; a document's the mean, and an empty one the first row of the nearest cell that is not.
 * A random ±1 matrix shortens each cell to `dimProj` numbers.
 * @see https://arxiv.org/abs/2405.19504
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/postprocess/muvera.py
 * @example
 * const muvera = new Muvera(128)
 * muvera.embeddingSize // 10240 = 20 · 2^5 · 16
 */
export class Muvera {
  /** Floats of a row that goes in. */
  readonly dimension: number
  /** Hyperplanes of a partition. */
  readonly kSim: number
  /** Numbers that are left of each cell's centre. */
  readonly dimProj: number
  /** Independent partitions. */
  readonly rReps: number
  /** Seed of the random matrices. */
  readonly seed: number
  /** Hyperplanes of each partition: float64 [dimension, kSim]. */
  readonly #hyperplanes: readonly Float64Array[]
  /** Projections of each partition, −1 or 1: int8 [dimension, dimProj]. */
  readonly #projections: readonly Int8Array[]

  /**
   * @param dimension floats of a token embedding
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  constructor(dimension: number, options: MuveraOptions = {}) {
    rejectUnknownOptions(options, OPTION_NAMES, 'Muvera')
    const { kSim = 5, dimProj = 16, rReps = 20, seed = 42 } = options
    requireCount('Muvera', 'dimension', dimension, 1, MAX_SIZE)
    requireCount('Muvera', 'kSim', kSim, 0, MAX_K_SIM)
    requireCount('Muvera', 'dimProj', dimProj, 1, dimension)
    requireCount('Muvera', 'rReps', rReps, 1, MAX_SIZE)
    this.dimension = dimension
    this.kSim = kSim
    this.dimProj = dimProj
    this.rReps = rReps
    this.seed = seed
    requireCount('Muvera', 'the encoding (rReps · 2^kSim · dimProj)', this.embeddingSize, 1, MAX_SIZE)
    const generator = new NumpyGenerator(seed)
    // all hyperplanes are drawn before the first projection
    this.#hyperplanes = Array.from({ length: rReps }, () => generator.normal(dimension * kSim))
    this.#projections = Array.from({ length: rReps }, () => generator.signs(dimension * dimProj))
  }

  /**
   * For the token embeddings of a model, e.g. a `LateInteractionTextEmbedding`.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  static fromModel(model: { readonly embeddingSize: number }, options: MuveraOptions = {}): Muvera {
    requireObject('Muvera.fromModel', 'model', model)
    return new Muvera(model.embeddingSize, options)
  }

  /** Numbers of an encoding: rReps · 2^kSim · dimProj. */
  get embeddingSize(): number {
    return this.rReps * 2 ** this.kSim * this.dimProj
  }

  /**
   * The encoding of a document, float64 [embeddingSize], not normalized.
   * @throws VectorError `VECTOR_KIND`, `VECTOR_DIMENSION`, `VECTOR_EMPTY`, `VECTOR_NOT_FINITE`
   */
  processDocument(vectors: TokenRows): Float64Array {
    return this.#encode(vectors, true)
  }

  /**
   * The encoding of a query, float64 [embeddingSize], not normalized.
   * @throws VectorError `VECTOR_KIND`, `VECTOR_DIMENSION`, `VECTOR_EMPTY`, `VECTOR_NOT_FINITE`
   */
  processQuery(vectors: TokenRows): Float64Array {
    return this.#encode(vectors, false)
  }

  #encode(vectors: TokenRows, isDocument: boolean): Float64Array {
    requireTokenRows(vectors, this.dimension)
    const cells = 2 ** this.kSim
    const encoding = new Float64Array(this.embeddingSize)
    for (let rep = 0; rep < this.rReps; rep++) {
      const cellOf = assignCells(vectors, this.#hyperplanes[rep]!, this.kSim)
      const centres = sumCells(vectors, cellOf, cells)
      if (isDocument) averageAndFill(centres, vectors, cellOf, cells)
      const begin = rep * cells * this.dimProj
      const target = encoding.subarray(begin, begin + cells * this.dimProj)
      if (this.dimProj === this.dimension) target.set(centres)
      else project(centres, this.#projections[rep]!, this.dimProj, target)
    }
    return encoding
  }
}

/** The cell of each row: bit k is set where the row lies on the positive side of hyperplane k. */
function assignCells({ rows, dimension, values }: TokenRows, hyperplanes: Float64Array, kSim: number): Uint32Array {
  const cellOf = new Uint32Array(rows)
  const dots = new Float64Array(kSim)
  for (let row = 0; row < rows; row++) {
    dots.fill(0)
    for (let d = 0; d < dimension; d++) {
      const value = values[row * dimension + d]!
      for (let k = 0; k < kSim; k++) dots[k]! += value * hyperplanes[d * kSim + k]!
    }
    for (let k = 0; k < kSim; k++) if (dots[k]! > 0) cellOf[row]! |= 1 << k
  }
  return cellOf
}

/** Sums of the rows of each cell, in the order of the rows: float64 [cells, dimension]. */
function sumCells({ rows, dimension, values }: TokenRows, cellOf: Uint32Array, cells: number): Float64Array {
  const sums = new Float64Array(cells * dimension)
  for (let row = 0; row < rows; row++) {
    const begin = cellOf[row]! * dimension
    for (let d = 0; d < dimension; d++) sums[begin + d]! += values[row * dimension + d]!
  }
  return sums
}

/** Divides sums by the rows of their cell and puts into an empty cell the first row of the nearest one that is not. */
function averageAndFill(centres: Float64Array, vectors: TokenRows, cellOf: Uint32Array, cells: number): void {
  const { dimension, values } = vectors
  const counts = new Uint32Array(cells)
  const firstRow = new Uint32Array(cells)
  for (let row = cellOf.length - 1; row >= 0; row--) {
    counts[cellOf[row]!]! += 1
    firstRow[cellOf[row]!] = row
  }
  const occupied = Array.from({ length: cells }, (_, cell) => cell).filter((cell) => counts[cell]! > 0)
  for (let cell = 0; cell < cells; cell++) {
    const begin = cell * dimension
    const count = counts[cell]!
    if (count > 0) {
      for (let d = 0; d < dimension; d++) centres[begin + d]! /= count
    } else {
      const from = firstRow[nearestCell(cell, occupied)]! * dimension
      for (let d = 0; d < dimension; d++) centres[begin + d] = values[from + d]!
    }
  }
}

/** The cell whose number differs in the fewest bits; of several the first. */
function nearestCell(cell: number, occupied: readonly number[]): number {
  let nearest = occupied[0]!
  for (const candidate of occupied) {
    if (countBits(candidate ^ cell) < countBits(nearest ^ cell)) nearest = candidate
  }
  return nearest
}

function countBits(value: number): number {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count++
  return count
}

/** centres [cells, dimension] · projection [dimension, dimProj] / √dimProj into target [cells, dimProj]. */
function project(centres: Float64Array, projection: Int8Array, dimProj: number, target: Float64Array): void {
  const dimension = projection.length / dimProj
  const scale = 1 / Math.sqrt(dimProj)
  for (let begin = 0, at = 0; begin < centres.length; begin += dimension, at += dimProj) {
    for (let d = 0; d < dimension; d++) {
      const value = centres[begin + d]!
      for (let j = 0; j < dimProj; j++) target[at + j]! += value * projection[d * dimProj + j]!
    }
    for (let j = 0; j < dimProj; j++) target[at + j]! *= scale
  }
}

function requireTokenRows(vectors: TokenRows, expected: number): void {
  requireRows('Muvera', vectors)
  const { rows, dimension, values } = vectors
  if (dimension !== expected) {
    throw new VectorError(
      'VECTOR_DIMENSION',
      `Muvera: expected rows of ${expected} floats, got ${rows} × ${dimension} in ${values.length} values.`,
    )
  }
  if (rows === 0) throw new VectorError('VECTOR_EMPTY', 'Muvera: expected at least one row, got an empty multivector.')
  for (let i = 0; i < values.length; i++) {
    // one that is not would spread over a whole cell
    if (!Number.isFinite(values[i])) {
      throw new VectorError('VECTOR_NOT_FINITE', `Muvera: expected finite numbers, got ${shown(values[i])} at ${i}.`)
    }
  }
}
