import type { FileHandle } from 'node:fs/promises'
import { ModelError } from '../errors.js'
import { readAt } from '../files/read-at.js'
import { openModelFile } from '../files/read-model-file.js'
import { isObject } from '../options.js'

/** A tensor of a safetensors file: where its little-endian elements lie. */
export interface TensorRange {
  readonly dtype: string
  readonly shape: readonly number[]
  /** From the start of the file, in bytes. */
  readonly offsetBytes: number
  readonly lengthBytes: number
}

/** A safetensors file by its header alone: nothing of the weights is in memory. */
export interface Checkpoint {
  readonly path: string
  readonly sizeBytes: number
  readonly tensors: ReadonlyMap<string, TensorRange>
}

/** A float32 tensor in memory: `values` is row by row, its length the product of `shape`. */
export interface FloatTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The reference implementation refuses larger headers too. */
const MAX_HEADER_BYTES = 100_000_000
const LENGTH_BYTES = 8
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
}

/**
 * Reads the header of a safetensors file and checks that every tensor lies inside the file with the size that its shape says.
 * @throws ModelError `CHECKPOINT_INVALID` if the file is cut short or is no safetensors file
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  await using file = await openModelFile(path)
  const sizeBytes = (await file.stat()).size
  if (sizeBytes < LENGTH_BYTES) throw invalid(path, `it has ${sizeBytes} bytes, less than a header`)
  const length = new DataView((await readRange(file, path, 0, LENGTH_BYTES)).buffer).getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER_BYTES) || LENGTH_BYTES + Number(length) > sizeBytes) {
    throw invalid(path, `its header claims ${length} bytes and the file has ${sizeBytes}`)
  }
  const headerBytes = Number(length)
  const header = parseHeader(path, await readRange(file, path, LENGTH_BYTES, headerBytes))
  const begin = LENGTH_BYTES + headerBytes
  const tensors = new Map<string, TensorRange>()
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, toRange(path, name, entry, begin, sizeBytes))
  }
  return { path, sizeBytes, tensors }
}

/**
 * Reads one float32 tensor of a checkpoint into memory.
 * @throws ModelError `CHECKPOINT_INVALID` if it is not there; `CHECKPOINT_UNSUPPORTED` if it is not float32
 */
export async function readFloatTensor(checkpoint: Checkpoint, name: string): Promise<FloatTensor> {
  const dtype = checkpoint.tensors.get(name)?.dtype
  if (dtype !== undefined && dtype !== 'F32') {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${checkpoint.path}: the tensor "${name}" is ${dtype}; only float32 (F32) can be read. Convert the checkpoint to float32.`,
    )
  }
  const { shape, bytes } = await readTensorBytes(checkpoint, name)
  return { shape, values: new Float32Array(bytes.buffer) }
}

/**
 * Reads the bytes of one tensor of a checkpoint into memory, little-endian elements row by row, from offset 0 of their buffer.
 * @throws ModelError `CHECKPOINT_INVALID` if it is not there
 */
export async function readTensorBytes(
  checkpoint: Checkpoint,
  name: string,
): Promise<{ dtype: string; shape: readonly number[]; bytes: Uint8Array<ArrayBuffer> }> {
  const range = checkpoint.tensors.get(name)
  if (range === undefined) throw invalid(checkpoint.path, `the tensor "${name}" is not in it`)
  await using file = await openModelFile(checkpoint.path)
  const bytes = await readRange(file, checkpoint.path, range.offsetBytes, range.lengthBytes)
  return { dtype: range.dtype, shape: range.shape, bytes }
}

/** The bytes of a safetensors file with these float32 tensors, in the order given, data aligned to 8 bytes. */
export function encodeSafetensors(tensors: Readonly<Record<string, FloatTensor>>): Uint8Array {
  const header: Record<string, unknown> = {}
  let dataBytes = 0
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    if (product(shape) !== values.length) {
      throw new RangeError(`tensor "${name}": shape [${shape}] does not hold ${values.length} values`)
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [dataBytes, dataBytes + values.byteLength] }
    dataBytes += values.byteLength
  }
  const text = JSON.stringify(header)
  const json = Buffer.from(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8), ' '))
  const bytes = new Uint8Array(LENGTH_BYTES + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, LENGTH_BYTES)
  let offset = LENGTH_BYTES + json.length
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset)
    offset += values.byteLength
  }
  return bytes
}

async function readRange(file: FileHandle, path: string, offsetBytes: number, lengthBytes: number) {
  const bytes = new Uint8Array(lengthBytes)
  const done = await readAt(file, bytes, offsetBytes)
  if (done < lengthBytes) throw invalid(path, `it ends at byte ${offsetBytes + done}`)
  return bytes
}

function parseHeader(path: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw invalid(path, 'its header is not JSON', cause)
  }
  if (!isObject(header)) {
    throw invalid(path, 'its header is not a JSON object')
  }
  return header as Record<string, unknown>
}

function toRange(path: string, name: string, entry: unknown, begin: number, sizeBytes: number): TensorRange {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw invalid(path, `the entry of "${name}" has no dtype, shape and data_offsets`)
  }
  const [from, to] = offsets as [number, number]
  if (from > to || begin + to > sizeBytes) {
    throw invalid(path, `the tensor "${name}" ends at byte ${begin + to} of ${sizeBytes}`)
  }
  const elementBytes = ELEMENT_BYTES[dtype]
  if (elementBytes !== undefined && product(shape) * elementBytes !== to - from) {
    throw invalid(path, `the tensor "${name}" of shape [${shape}] ${dtype} does not fill its ${to - from} bytes`)
  }
  return { dtype, shape, offsetBytes: begin + from, lengthBytes: to - from }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1)
}

function invalid(path: string, what: string, cause?: unknown): ModelError {
  return new ModelError(
    'CHECKPOINT_INVALID',
    `${path} is not a whole safetensors file: ${what}. Put the original file back.`,
    { cause },
  )
}
