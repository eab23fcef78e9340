/**
 * The few WebAssembly instructions that the kernels are written in, as bytes, and the frame of a module around them.
 * Operands are pushed before the instruction: `[...get(a), ...get(b), ...i32.add]`.
 * @see https://webassembly.github.io/spec/core/binary/index.html
 */
export type Code = readonly number[]

export type ValueType = 'i32' | 'f32' | 'v128'

const TYPE_CODES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** The first of two values where a third is not 0, else the second. */
export const select: Code = [0x1b]

/** A function without results; its arguments are all i32. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  /** Types of the locals, numbered on from the parameters. */
  readonly locals: readonly ValueType[]
  readonly body: Code
}

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  multiply: [0x6c],
  lessThan: [0x49],
  store: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
} as const

export const f32 = {
  constant: (value: number): Code => [0x43, ...Buffer.from(Float32Array.of(value).buffer)],
  add: [0x92],
  multiply: [0x94],
  divide: [0x95],
  maximum: [0x97],
  greaterThan: [0x5e],
  load: (offset: number): Code => [0x2a, 2, ...unsigned(offset)],
  store: (offset: number): Code => [0x38, 2, ...unsigned(offset)],
} as const

export const v128 = {
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)] as Code,
  load: (offset: number): Code => [...simd(0x00), 0, ...unsigned(offset)],
  /** Eight int8 as eight int16. */
  loadBytes: (offset: number): Code => [...simd(0x01), 0, ...unsigned(offset)],
  store: (offset: number): Code => [...simd(0x0b), 0, ...unsigned(offset)],
  and: simd(0x4e),
  or: simd(0x50),
} as const

export const f32x4 = {
  splat: simd(0x13),
  absolute: simd(0xe0),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  /** NaN where one of them is. */
  maximum: simd(0xe9),
  /** Rounds to the nearest whole number, ties to even. */
  nearest: simd(0x6a),
  toInt32: simd(0xf8),
  lane: (lane: number): Code => [...simd(0x1f), lane],
} as const

export const i32x4 = {
  add: simd(0xae),
  /** Products of eight pairs of int16, neighbours added. */
  dotOfInt16: simd(0xba),
  splat: simd(0x11),
  shiftLeft: simd(0xab),
  /** All ones where the first is at least the second, as signed numbers. */
  atLeast: simd(0x3f),
  /** Four uint16 from a byte offset on as uint32. */
  loadUint16: (offset: number): Code => [...simd(0x04), 0, ...unsigned(offset)],
  /** Two vectors in one of int16, saturating. */
  narrow: simd(0x85),
  lane: (lane: number): Code => [...simd(0x1b), lane],
} as const

export const i16x8 = {
  /** Two vectors in one of int8, saturating. */
  narrow: simd(0x65),
} as const

/** Runs the body, then again for as long as it leaves something other than 0. */
export function repeatWhile(...body: readonly Code[]): Code {
  return [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b]
}

/** The bytes of a module that imports the memory `host.memory` and exports the functions. */
export function assembleModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(new Array<Code>(parameters).fill([TYPE_CODES.i32])),
    ...list([]),
  ])
  const codes = functions.map(({ locals, body }) => {
    const code = [...list(locals.map((type) => [1, TYPE_CODES[type]])), ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('host'), ...text('memory'), 2, 0, 1]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(codes)),
  ])
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content]
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()]
}

function text(value: string): Code {
  return [...unsigned(value.length), ...Buffer.from(value, 'latin1')]
}

function simd(instruction: number): Code {
  return [0xfd, ...unsigned(instruction)]
}

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

function signed(value: number): Code {
  const bytes: number[] = []
  let rest = value
  for (; rest < -0x40 || rest >= 0x40; rest >>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest & 0x7f]
}
