import type { Multivector } from '../vectors.js'
import {
  assembleModule,
  type Code,
  f32,
  f32x4,
  get,
  i16x8,
  i32,
  i32x4,
  repeatWhile,
  select,
  set,
  tee,
  v128,
  type WasmFunction,
} from './wasm-code.js'

/**
 * Inner loops in WebAssembly SIMD: on every machine the same instructions in the same order, so the same bits.
 * All arguments are byte addresses and byte counts in {@link Kernels.memory}; `stride` is the bytes of a row.
 */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** The owner of the query that is in the memory now. Whoever writes a query there sets it. */
  loaded: unknown
  /**
   * Dot products of int8 rows and one int16 row, int32 at `out`.
   * @param end after a multiple of {@link CODE_BLOCK} rows
   * @param stride of a row of codes, a multiple of 16; the query's row is twice as long
   */
  dotCodes(rows: number, end: number, stride: number, query: number, out: number): void
  /**
   * Quantizes float32 rows to int8, each by a scale of its own. At `facts` it puts three float32 for each row: the scale,
   * the squared norm of what the codes leave out, and the squared norm of the row; NaN where a value is not finite.
   * @param stride of a row of float32, a multiple of 64
   */
  quantizeRows(rows: number, end: number, stride: number, codes: number, facts: number): void
  /** float16 as float32, exactly; four at a time, so that up to six bytes after the end are read, twelve written. */
  decodeHalves(halves: number, end: number, target: number): void
  /**
   * Raises the float32 at `best`, one for each query row, to the largest dot product of that row and a document row.
   * @param queryEnd after a multiple of {@link QUERY_BLOCK} rows @param documentEnd after a multiple of {@link DOCUMENT_BLOCK} rows
   * @param stride a multiple of 16
   */
  raiseMaxima(
    query: number,
    queryEnd: number,
    document: number,
    documentEnd: number,
    stride: number,
    best: number,
  ): void
}

/** Rows that `raiseMaxima` compares at once: eight sums share six loads. */
export const QUERY_BLOCK = 2
export const DOCUMENT_BLOCK = 4

/** Rows that `dotCodes` multiplies at once: they share the loads of the query. */
export const CODE_BLOCK = 4

/** Codes are −127 … 127. */
export const LARGEST_CODE = 127

/** Below it a scale has lost digits in float32; all codes are 0 then. */
const SMALLEST_SCALE = 2 ** -100

const PAGE_BYTES = 65536

let kernels: Kernels | undefined

/** The kernels of this thread, with one memory that grows with what is put there. */
export function simdKernels(): Kernels {
  if (!kernels) {
    const memory = new WebAssembly.Memory({ initial: 1 })
    const module = new WebAssembly.Module(assembleModule([dotCodes(), quantizeRows(), decodeHalves(), raiseMaxima()]))
    const { exports } = new WebAssembly.Instance(module, { host: { memory } })
    kernels = { memory, loaded: null, ...(exports as unknown as Omit<Kernels, 'memory' | 'loaded'>) }
  }
  return kernels
}

/** Makes the kernels' memory at least that big; views made before may be of no use after. */
export function reserveMemory({ memory }: Kernels, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
}

function dotCodes(): WasmFunction {
  const [rows, end, stride, query, out, at, rowEnd] = [0, 1, 2, 3, 4, 5, 6]
  const each = [...new Array(CODE_BLOCK).keys()]
  const row = (r: number) => 7 + r
  const sum = (r: number) => 7 + CODE_BLOCK + r
  const queryPart = (half: number) => 7 + 2 * CODE_BLOCK + half
  const half = (r: number, i: number): Code => [
    ...[...get(row(r)), ...v128.loadBytes(8 * i)],
    ...[...get(queryPart(i)), ...i32x4.dotOfInt16],
  ]
  const body = repeatWhile(
    each.flatMap((r) => [...v128.zero, ...set(sum(r))]),
    rowAddresses(each.map(row), rows, stride),
    [...get(query), ...set(at)],
    [...get(rows), ...get(stride), ...i32.add, ...set(rowEnd)],
    repeatWhile(
      [0, 1].flatMap((i) => [...get(at), ...v128.load(16 * i), ...set(queryPart(i))]),
      each.flatMap((r) => [
        ...[...half(r, 0), ...half(r, 1), ...i32x4.add, ...get(sum(r)), ...i32x4.add, ...set(sum(r))],
        ...advance(row(r), i32.constant(16)),
      ]),
      advance(at, i32.constant(32)),
      [...get(row(0)), ...get(rowEnd), ...i32.lessThan],
    ),
    each.flatMap((r) => [...get(out), ...sumOfLanes(sum(r), i32x4.lane, i32.add), ...i32.store(4 * r)]),
    advance(out, i32.constant(4 * CODE_BLOCK)),
    advance(rows, [...get(stride), ...i32.constant(CODE_BLOCK), ...i32.multiply]),
    [...get(rows), ...get(end), ...i32.lessThan],
  )
  const addresses = new Array<'i32'>(2 + CODE_BLOCK).fill('i32')
  const vectors = new Array<'v128'>(CODE_BLOCK + 2).fill('v128')
  return { name: 'dotCodes', parameters: 5, locals: [...addresses, ...vectors], body }
}

function quantizeRows(): WasmFunction {
  const [rows, end, stride, codes, facts, at, rowEnd] = [0, 1, 2, 3, 4, 5, 6]
  const [scale, inverse] = [7, 8]
  const [maxima, scales, inverses, residual, norm, value, code] = [9, 10, 11, 12, 13, 14, 15]
  const nextPart = (after: Code): Code => [...advance(at, after), ...get(at), ...get(rowEnd), ...i32.lessThan]
  const addSquare = (sum: number, ...of: Code): Code => [
    ...[...of, ...tee(code), ...get(code), ...f32x4.multiply],
    ...[...get(sum), ...f32x4.add, ...set(sum)],
  ]
  /** Leaves four codes as int32, and adds to the sums. */
  const quantizePart = (i: number): Code => [
    ...[...get(at), ...v128.load(16 * i), ...tee(value), ...get(inverses), ...f32x4.multiply],
    ...[...f32x4.nearest, ...tee(code), ...f32x4.toInt32],
    ...addSquare(residual, ...get(value), ...get(code), ...get(scales), ...f32x4.multiply, ...f32x4.subtract),
    ...addSquare(norm, ...get(value)),
  ]
  const laneOfMaxima = (lane: number): Code => [...get(maxima), ...f32x4.lane(lane)]
  const largest = [
    ...[...laneOfMaxima(0), ...laneOfMaxima(1), ...f32.maximum],
    ...[...laneOfMaxima(2), ...laneOfMaxima(3), ...f32.maximum, ...f32.maximum],
  ]
  const body = repeatWhile(
    [...get(rows), ...tee(at), ...get(stride), ...i32.add, ...set(rowEnd)],
    [maxima, residual, norm].flatMap((sum) => [...v128.zero, ...set(sum)]),
    repeatWhile(
      [...get(at), ...v128.load(0), ...f32x4.absolute, ...get(maxima), ...f32x4.maximum, ...set(maxima)],
      nextPart(i32.constant(16)),
    ),
    [...largest, ...f32.constant(LARGEST_CODE), ...f32.divide, ...set(scale)],
    [...f32.constant(1), ...get(scale), ...f32.divide, ...f32.constant(0)],
    [...get(scale), ...f32.constant(SMALLEST_SCALE), ...f32.greaterThan, ...select, ...set(inverse)],
    [...get(scale), ...f32x4.splat, ...set(scales), ...get(inverse), ...f32x4.splat, ...set(inverses)],
    [...get(rows), ...set(at)],
    repeatWhile(
      [...get(codes), ...quantizePart(0), ...quantizePart(1), ...i32x4.narrow],
      [...quantizePart(2), ...quantizePart(3), ...i32x4.narrow, ...i16x8.narrow, ...v128.store(0)],
      advance(codes, i32.constant(16)),
      nextPart(i32.constant(64)),
    ),
    [...get(facts), ...get(scale), ...f32.store(0)],
    [...get(facts), ...sumOfLanes(residual, f32x4.lane, f32.add), ...f32.store(4)],
    [...get(facts), ...sumOfLanes(norm, f32x4.lane, f32.add), ...f32.store(8)],
    advance(facts, i32.constant(12)),
    [...get(rowEnd), ...tee(rows), ...get(end), ...i32.lessThan],
  )
  const floats = new Array<'f32'>(2).fill('f32')
  const vectors = new Array<'v128'>(7).fill('v128')
  return { name: 'quantizeRows', parameters: 5, locals: ['i32', 'i32', ...floats, ...vectors], body }
}

/** Bits of float16: all but the sign, and those of infinity. */
const MAGNITUDE_BITS = 0x7fff
const INFINITE_HALF = 0x7c00
const FLOAT_EXPONENT_BITS = 0x7f800000

function decodeHalves(): WasmFunction {
  const [halves, end, target, bits, magnitude] = [0, 1, 2, 3, 4]
  const constant = (value: number): Code => [...i32.constant(value), ...i32x4.splat]
  const body = repeatWhile(
    get(target),
    [...get(halves), ...i32x4.loadUint16(0), ...tee(bits), ...constant(MAGNITUDE_BITS), ...v128.and, ...tee(magnitude)],
    // as bits of a float32 the exponent is too small by the difference of the biases; the product is exact, subnormals too
    [...i32.constant(13), ...i32x4.shiftLeft, ...f32.constant(2 ** 112), ...f32x4.splat, ...f32x4.multiply],
    [...get(magnitude), ...constant(INFINITE_HALF), ...i32x4.atLeast, ...constant(FLOAT_EXPONENT_BITS), ...v128.and],
    v128.or,
    [...get(bits), ...constant(~MAGNITUDE_BITS), ...v128.and, ...i32.constant(16), ...i32x4.shiftLeft, ...v128.or],
    v128.store(0),
    [...advance(halves, i32.constant(8)), ...advance(target, i32.constant(16))],
    [...get(halves), ...get(end), ...i32.lessThan],
  )
  return { name: 'decodeHalves', parameters: 3, locals: ['v128', 'v128'], body }
}

function raiseMaxima(): WasmFunction {
  const [query, queryEnd, document, documentEnd, stride, best, offset, block] = [0, 1, 2, 3, 4, 5, 6, 7]
  const queryRow = (q: number) => 8 + q
  const documentRow = (d: number) => 8 + QUERY_BLOCK + d
  const firstVector = 8 + QUERY_BLOCK + DOCUMENT_BLOCK
  const sum = (q: number, d: number) => firstVector + q * DOCUMENT_BLOCK + d
  const documentPart = (d: number) => firstVector + QUERY_BLOCK * DOCUMENT_BLOCK + d
  const queryPart = firstVector + QUERY_BLOCK * DOCUMENT_BLOCK + DOCUMENT_BLOCK
  const queries = [...new Array(QUERY_BLOCK).keys()]
  const documents = [...new Array(DOCUMENT_BLOCK).keys()]
  const pairs = queries.flatMap((q) => documents.map((d) => [q, d] as const))
  const loadPart = (row: number, part: number): Code => [
    ...[...get(row), ...get(offset), ...i32.add, ...v128.load(0)],
    ...set(part),
  ]
  const body = repeatWhile(
    [...get(document), ...set(block)],
    repeatWhile(
      pairs.flatMap(([q, d]) => [...v128.zero, ...set(sum(q, d))]),
      rowAddresses(queries.map(queryRow), query, stride),
      rowAddresses(documents.map(documentRow), block, stride),
      [...i32.constant(0), ...set(offset)],
      repeatWhile(
        documents.flatMap((d) => loadPart(documentRow(d), documentPart(d))),
        queries.flatMap((q) => [
          ...loadPart(queryRow(q), queryPart),
          ...documents.flatMap((d) => [
            ...[...get(documentPart(d)), ...get(queryPart), ...f32x4.multiply],
            ...[...get(sum(q, d)), ...f32x4.add, ...set(sum(q, d))],
          ]),
        ]),
        [...get(offset), ...i32.constant(16), ...i32.add, ...tee(offset), ...get(stride), ...i32.lessThan],
      ),
      queries.flatMap((q) => [
        ...[...get(best), ...get(best), ...f32.load(4 * q)],
        ...documents.flatMap((d) => [...sumOfLanes(sum(q, d), f32x4.lane, f32.add), ...f32.maximum]),
        ...f32.store(4 * q),
      ]),
      advance(block, [...get(stride), ...i32.constant(DOCUMENT_BLOCK), ...i32.multiply]),
      [...get(block), ...get(documentEnd), ...i32.lessThan],
    ),
    advance(best, i32.constant(4 * QUERY_BLOCK)),
    advance(query, [...get(stride), ...i32.constant(QUERY_BLOCK), ...i32.multiply]),
    [...get(query), ...get(queryEnd), ...i32.lessThan],
  )
  const addresses = new Array<'i32'>(2 + QUERY_BLOCK + DOCUMENT_BLOCK).fill('i32')
  const vectors = new Array<'v128'>(pairs.length + DOCUMENT_BLOCK + 1).fill('v128')
  return { name: 'raiseMaxima', parameters: 6, locals: [...addresses, ...vectors], body }
}

function advance(local: number, by: Code): Code {
  return [...get(local), ...by, ...i32.add, ...set(local)]
}

/** Sets the locals to the addresses of rows that follow each other. */
function rowAddresses(locals: readonly number[], first: number, stride: number): Code {
  return locals.flatMap((local, i) =>
    i === 0 ? [...get(first), ...set(local)] : [...get(locals[i - 1]!), ...get(stride), ...i32.add, ...set(local)],
  )
}

function sumOfLanes(vector: number, lane: (lane: number) => Code, add: Code): Code {
  const at = (i: number): Code => [...get(vector), ...lane(i)]
  return [...at(0), ...at(1), ...add, ...at(2), ...at(3), ...add, ...add]
}

/** Puts rows where kernels read them: `stride` numbers each, zeros behind those that a row has. */
export function copyRows(
  { rows, dimension, values }: Multivector,
  target: Float32Array,
  at: number,
  stride: number,
): void {
  if (stride === dimension) {
    target.set(values, at)
    return
  }
  for (let row = 0; row < rows; row++) {
    const start = at + row * stride
    target.set(values.subarray(row * dimension, (row + 1) * dimension), start)
    target.fill(0, start + dimension, start + stride)
  }
}
