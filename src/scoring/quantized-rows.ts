import { CODE_BLOCK, createKernels, type Kernels, LARGEST_CODE, reserveMemory } from './simd-kernels.js'

const LARGEST_INT16 = 32767
const LARGEST_INT32 = 2 ** 31 - 1

/** Codes of a row are a multiple of this many, as the kernels read them. */
const CODES_AT_ONCE = 16

/** Rows for which memory is taken at once; a multiple of {@link CODE_BLOCK}. */
const BLOCK_ROWS = 1024 * CODE_BLOCK

/** Bytes of rows that are quantized at once: they should stay in the second-level cache. */
const CHUNK_BYTES = 96 * 1024

/** Bytes of codes in one memory of the kernels, which cannot address more than 4 GB. */
const MEMORY_BYTES = 2 ** 30

/** float32 values that the kernel tells of each row. */
const FACTS = 3

/** The square of what is smaller may be lost in float32. */
const UNDERFLOW = 2 ** -62

interface Block {
  /** Their memory holds the codes, so that no search has to copy them there. */
  readonly kernels: Kernels
  readonly codesAt: number
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
  readonly #memoryBytes: number
  readonly #stride: number
  readonly #blocks: Block[] = []
  readonly #places: Places
  /** More than what sums in float32, or those in float64 that they are compared with, are wrong by, relative to their size. */
  readonly #slack: number
  #bounds = new Float64Array(0)
  #count = 0

  /** @param memoryBytes bytes of codes in one memory, at least one block */
  constructor(dimension: number, memoryBytes = MEMORY_BYTES) {
    this.#dimension = dimension
    this.#memoryBytes = memoryBytes
    this.#stride = Math.ceil(dimension / CODES_AT_ONCE) * CODES_AT_ONCE
    this.#places = placesOf(this.#stride)
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
      if (at === 0) this.#addBlock()
      const rows = Math.min(count - row, BLOCK_ROWS - at, this.#places.chunkRows)
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
      if (at === 0) this.#addBlock()
      this.#blocks.at(-1)!.residuals[at] = -Infinity
    }
  }

  /** Takes memory for rows, behind those before them where there is room. */
  #addBlock(): void {
    const { codes } = this.#places
    const bytes = BLOCK_ROWS * this.#stride
    const last = this.#blocks.at(-1)
    const codesAt = last === undefined ? codes : last.codesAt + bytes
    const hasRoom = last !== undefined && codesAt + bytes <= codes + this.#memoryBytes
    const kernels = hasRoom ? last.kernels : createKernels()
    const block = emptyBlock(kernels, hasRoom ? codesAt : codes)
    reserveMemory(kernels, block.codesAt + bytes)
    this.#blocks.push(block)
  }

  #quantize(values: Float32Array, rows: number, block: Block, at: number): void {
    const { kernels, codesAt } = block
    const { floats, facts: factsAt } = this.#places
    const rowBytes = 4 * this.#stride
    const { buffer } = kernels.memory
    copyRows(values, this.#dimension, new Float32Array(buffer, floats, rows * this.#stride), this.#stride)
    kernels.quantizeRows(floats, floats + rows * rowBytes, rowBytes, codesAt + at * this.#stride, factsAt)
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
    const { values, scale, norm, residual } = quantizeQuery(query, this.#dimension)
    const stride = this.#stride
    let loaded: Kernels | undefined
    // no row of codes has a larger norm than this many scales
    const perScale = (residual + this.#slack * norm) * LARGEST_CODE * Math.sqrt(this.#dimension)
    const slack = this.#slack
    const lost = UNDERFLOW ** 2 * this.#dimension
    const isEuclid = similarity === 'negated squared Euclid'
    for (const [number, { kernels, codesAt, scales, residuals, squaredNorms }] of this.#blocks.entries()) {
      if (kernels !== loaded) loadQuery(kernels, values, stride)
      loaded = kernels
      const first = number * BLOCK_ROWS
      const count = Math.min(BLOCK_ROWS, this.#count - first)
      const whole = Math.ceil(count / CODE_BLOCK) * CODE_BLOCK
      kernels.dotCodes(codesAt, codesAt + whole * stride, stride, QUERY_AT, this.#places.products)
      const products = new Int32Array(kernels.memory.buffer, this.#places.products, count)
      for (let row = 0; row < count; row++) {
        let bound = scales[row]! * (scale * products[row]! + perScale) + norm * residuals[row]!
        if (isEuclid) bound = 2 * bound - (norm * norm + squaredNorms[row]!) * (1 - slack) + lost
        bounds[first + row] = Number.isNaN(bound) ? Infinity : bound
      }
    }
    return bounds
  }
}

/** Where in the kernels' memory the query stands. */
const QUERY_AT = 0

/** What else stands there: addresses, in bytes. */
interface Places {
  /** int32 products of a block. */
  readonly products: number
  /** Rows to be quantized, at most so many. */
  readonly floats: number
  readonly chunkRows: number
  readonly facts: number
  /** The first block's codes. */
  readonly codes: number
}

function placesOf(stride: number): Places {
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (4 * stride)))
  const products = QUERY_AT + 2 * stride
  const floats = products + 4 * BLOCK_ROWS
  const facts = floats + 4 * stride * chunkRows
  const end = facts + 4 * FACTS * chunkRows
  return { products, floats, chunkRows, facts, codes: Math.ceil(end / CODES_AT_ONCE) * CODES_AT_ONCE }
}

function emptyBlock(kernels: Kernels, codesAt: number): Block {
  return {
    kernels,
    codesAt,
    scales: new Float32Array(BLOCK_ROWS),
    residuals: new Float32Array(BLOCK_ROWS),
    squaredNorms: new Float32Array(BLOCK_ROWS),
  }
}

function copyRows(values: Float32Array, dimension: number, target: Float32Array, stride: number): void {
  if (stride === dimension) {
    target.set(values)
    return
  }
  target.fill(0)
  for (let start = 0, at = 0; start < values.length; start += dimension, at += stride) {
    target.set(values.subarray(start, start + dimension), at)
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
  const target = new Int16Array(kernels.memory.buffer, QUERY_AT, stride)
  target.fill(0)
  target.set(values)
}
