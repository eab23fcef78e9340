import { CODE_BLOCK, copyRows, type Kernels, LARGEST_CODE, reserveMemory, simdKernels } from './simd-kernels.js'

const LARGEST_INT16 = 32767
const LARGEST_INT32 = 2 ** 31 - 1

/** Codes of a row are a multiple of this many, as the kernels read them. */
const CODES_AT_ONCE = 16

/** Rows for which memory is taken at once. */
const BLOCK_ROWS = 4096

/** Bytes that are copied to the kernels' memory at once: they should stay in the second-level cache. */
const CHUNK_BYTES = 96 * 1024

/** float32 values that the kernel tells of each row. */
const FACTS = 3

/** The square of what is smaller may be lost in float32. */
const UNDERFLOW = 2 ** -62

interface Block {
  readonly codes: Int8Array
  /** A value is its code times the scale, but for the residual. */
  readonly scales: Float32Array
  /** At least the norm of what the codes leave out of a row; −Infinity for a row that is not there. */
  readonly residuals: Float32Array
  readonly squaredNorms: Float32Array
}

/**
 * Dense rows in a quarter of their size, for finding those that can be among the nearest to a query: of every row it knows
 * a bound that its exact similarity never passes. To find the exact nearest, look at rows in the order of their bounds
 * until a bound is worse than what was found.
 */
export class QuantizedRows {
  readonly #dimension: number
  readonly #stride: number
  readonly #blocks: Block[] = []
  /** More than what sums in float32, or those in float64 that they are compared with, are wrong by, relative to their size. */
  readonly #slack: number
  #bounds = new Float64Array(0)
  #count = 0

  constructor(dimension: number) {
    this.#dimension = dimension
    this.#stride = Math.ceil(dimension / CODES_AT_ONCE) * CODES_AT_ONCE
    this.#slack = (dimension + 16) * 2 ** -24
  }

  get count(): number {
    return this.#count
  }

  /**
   * Adds rows.
   * @param values float32 [count, dimension]
   * @param isThere whether a row counts; what it holds does not matter otherwise
   */
  append(values: Float32Array, count: number, isThere: (row: number) => boolean): void {
    for (let row = 0; row < count; ) {
      const at = this.#count % BLOCK_ROWS
      if (at === 0) this.#blocks.push(emptyBlock(this.#stride))
      const rows = Math.min(count - row, BLOCK_ROWS - at, Math.max(1, Math.floor(CHUNK_BYTES / (4 * this.#stride))))
      const block = this.#blocks.at(-1)!
      this.#quantize(values.subarray(row * this.#dimension, (row + rows) * this.#dimension), rows, block, at)
      for (let i = 0; i < rows; i++) if (!isThere(row + i)) block.residuals[at + i] = -Infinity
      row += rows
      this.#count += rows
    }
  }

  /** Adds rows that are not there, up to a number of rows. */
  skipTo(count: number): void {
    for (; this.#count < count; this.#count++) {
      const at = this.#count % BLOCK_ROWS
      if (at === 0) this.#blocks.push(emptyBlock(this.#stride))
      this.#blocks.at(-1)!.residuals[at] = -Infinity
    }
  }

  #quantize(values: Float32Array, rows: number, block: Block, at: number): void {
    const kernels = simdKernels()
    const rowBytes = 4 * this.#stride
    const codesAt = rows * rowBytes
    const factsAt = codesAt + rows * this.#stride
    reserveMemory(kernels, factsAt + rows * 4 * FACTS)
    kernels.loaded = null
    const { buffer } = kernels.memory
    const target = new Float32Array(buffer, 0, rows * this.#stride)
    copyRows({ rows, dimension: this.#dimension, values }, target, 0, this.#stride)
    kernels.quantizeRows(0, codesAt, rowBytes, codesAt, factsAt)
    block.codes.set(new Int8Array(buffer, codesAt, rows * this.#stride), at * this.#stride)
    const facts = new Float32Array(buffer, factsAt, rows * FACTS)
    for (let i = 0; i < rows; i++) {
      const squaredNorm = facts[i * FACTS + 2]!
      const rounding = Math.sqrt(squaredNorm) * 2 ** -22 + UNDERFLOW * Math.sqrt(this.#dimension)
      const residual = Math.sqrt(facts[i * FACTS + 1]!) * (1 + this.#slack) + rounding
      block.scales[at + i] = facts[i * FACTS]!
      block.residuals[at + i] = residual * (1 + 2 ** -22)
      block.squaredNorms[at + i] = squaredNorm
    }
  }

  /**
   * For each row what its similarity to the query is at most, Infinity where that is not known, −Infinity where there is no row.
   * @param query float32 [dimension]
   * @param similarity the dot product, or minus the squared Euclidean distance
   * @returns float64 [count], to be changed at will, valid until the next call
   */
  upperBounds(query: Float32Array, similarity: 'dot product' | 'negated squared Euclid'): Float64Array {
    if (this.#bounds.length < this.#count) this.#bounds = new Float64Array(this.#blocks.length * BLOCK_ROWS)
    const bounds = this.#bounds.subarray(0, this.#count)
    const kernels = simdKernels()
    const { values, scale, norm, residual } = quantizeQuery(query, this.#dimension)
    const stride = this.#stride
    const queryBytes = 2 * stride
    const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / stride / CODE_BLOCK)) * CODE_BLOCK
    const rowsAt = queryBytes + 4 * chunkRows
    reserveMemory(kernels, rowsAt + chunkRows * stride)
    loadQuery(kernels, values, stride)
    const products = new Int32Array(kernels.memory.buffer, queryBytes, chunkRows)
    const rows = new Int8Array(kernels.memory.buffer, rowsAt, chunkRows * stride)
    // no row of codes has a larger norm than this many scales
    const perScale = (residual + this.#slack * norm) * LARGEST_CODE * Math.sqrt(this.#dimension)
    const slack = this.#slack
    const lost = UNDERFLOW ** 2 * this.#dimension
    const isEuclid = similarity === 'negated squared Euclid'
    for (const [number, { codes, scales, residuals, squaredNorms }] of this.#blocks.entries()) {
      const inBlock = Math.min(BLOCK_ROWS, this.#count - number * BLOCK_ROWS)
      for (let first = 0; first < inBlock; first += chunkRows) {
        const count = Math.min(chunkRows, inBlock - first)
        rows.set(codes.subarray(first * stride, (first + count) * stride))
        const whole = Math.ceil(count / CODE_BLOCK) * CODE_BLOCK
        kernels.dotCodes(rowsAt, rowsAt + whole * stride, stride, 0, queryBytes)
        for (let i = 0; i < count; i++) {
          const row = first + i
          let bound = scales[row]! * (scale * products[i]! + perScale) + norm * residuals[row]!
          if (isEuclid) bound = 2 * bound - (norm * norm + squaredNorms[row]!) * (1 - slack) + lost
          bounds[number * BLOCK_ROWS + row] = Number.isNaN(bound) ? Infinity : bound
        }
      }
    }
    return bounds
  }
}

function emptyBlock(stride: number): Block {
  return {
    codes: new Int8Array(BLOCK_ROWS * stride),
    scales: new Float32Array(BLOCK_ROWS),
    residuals: new Float32Array(BLOCK_ROWS),
    squaredNorms: new Float32Array(BLOCK_ROWS),
  }
}

/** The query in int16, as fine as sums of its products with codes fit into int32. */
function quantizeQuery(
  query: Float32Array,
  dimension: number,
): { values: Int16Array; scale: number; norm: number; residual: number } {
  const largestCode = Math.min(LARGEST_INT16, Math.floor(LARGEST_INT32 / (LARGEST_CODE * dimension)))
  const largest = query.reduce((size, value) => Math.max(size, Math.abs(value)), 0)
  const scale = largest / largestCode
  const values = Int16Array.from(query, (value) => (scale > 0 ? Math.round(value / scale) : 0))
  let squaredNorm = 0
  let squaredResidual = 0
  for (const [i, value] of query.entries()) {
    squaredNorm += value * value
    squaredResidual += (value - values[i]! * scale) ** 2
  }
  return { values, scale, norm: Math.sqrt(squaredNorm), residual: Math.sqrt(squaredResidual) }
}

function loadQuery(kernels: Kernels, values: Int16Array, stride: number): void {
  const target = new Int16Array(kernels.memory.buffer, 0, stride)
  target.fill(0)
  target.set(values)
  kernels.loaded = null
}
