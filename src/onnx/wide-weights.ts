import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sizeOfFile } from '../files/path-stats.js'
import { isInside } from './manifest.js'
import { type FileField, OnnxFileReader } from './onnx-file-reader.js'

/** Two products of a byte 0 … 255 and a weight of at most this magnitude stay below 2^15. */
const LARGEST_SAFE_WEIGHT = 64

/** Operators that multiply bytes of activations by bytes of weights. */
const MULTIPLIES_BYTES =
  /^(MatMulInteger|ConvInteger|DynamicQuantize(MatMul|LSTM)|QLinear(MatMul|Conv)|QAttention|QGemm)/

/** Operators that stand around a product which ONNX Runtime then computes in bytes. */
const QUANTIZES_ACTIVATIONS = /^(Dynamic)?QuantizeLinear$/
const READS_QUANTIZED = 'DequantizeLinear'

/** TensorProto.DataType.INT8, TensorProto.DataLocation.EXTERNAL. */
const INT8 = 3
const EXTERNAL = 1

/** Graphs inside nodes of graphs; one in a hundred deep is no model. */
const MAX_DEPTH = 16

const PIECE_BYTES = 1 << 16

/** An int8 tensor of an ONNX file and where its values are. */
interface Int8Tensor {
  readonly name: string
  readonly raw?: FileField | undefined
  readonly packed?: FileField | undefined
  readonly external: Readonly<Record<string, string>>
  readonly isExternal: boolean
}

interface GraphParts {
  readonly tensors: Int8Tensor[]
  /** Names of tensors that go into products of bytes. */
  readonly multiplied: Set<string>
  readonly dequantized: Set<string>
  quantizesActivations: boolean
}

/**
 * Whether an ONNX file multiplies bytes of activations by signed 8-bit weights of which two products can pass 16 bits: then its numbers
 * depend on how the processor adds them. What cannot be read is taken for such a file.
 */
export async function hasWideWeights(path: string): Promise<boolean> {
  await using file = await open(path, 'r')
  try {
    const reader = new OnnxFileReader(file, (await file.stat()).size)
    const parts: GraphParts = {
      tensors: [],
      multiplied: new Set(),
      dequantized: new Set(),
      quantizesActivations: false,
    }
    // ModelProto.graph
    for await (const field of reader.fields(0, reader.sizeBytes)) {
      if (field.number === 7) await readGraph(reader, field, parts, 0)
    }
    const { multiplied, dequantized, quantizesActivations } = parts
    for (const tensor of parts.tensors) {
      const isMultiplied = multiplied.has(tensor.name) || (quantizesActivations && dequantized.has(tensor.name))
      if (isMultiplied && (await isWide(reader, tensor, dirname(path)))) return true
    }
    return false
  } catch (error) {
    if (error instanceof RangeError) return true
    throw error
  }
}

/** GraphProto: node = 1, initializer = 5. */
async function readGraph(reader: OnnxFileReader, range: FileField, parts: GraphParts, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) throw new RangeError('graphs too deep in one another')
  for await (const field of reader.fields(range.begin, range.end)) {
    if (field.number === 1) await readNode(reader, field, parts, depth)
    else if (field.number === 5) await readTensor(reader, field, parts, undefined)
  }
}

/** NodeProto: input = 1, output = 2, op_type = 4, attribute = 5; AttributeProto: t = 5, g = 6. */
async function readNode(reader: OnnxFileReader, range: FileField, parts: GraphParts, depth: number): Promise<void> {
  const inputs: string[] = []
  const attributes: FileField[] = []
  let output = ''
  let operator = ''
  for await (const field of reader.fields(range.begin, range.end)) {
    if (field.number === 1) inputs.push(await reader.text(field))
    else if (field.number === 2 && output === '') output = await reader.text(field)
    else if (field.number === 4) operator = await reader.text(field)
    else if (field.number === 5) attributes.push(field)
  }
  if (MULTIPLIES_BYTES.test(operator)) for (const name of inputs) parts.multiplied.add(name)
  if (operator === READS_QUANTIZED && inputs[0] !== undefined) parts.dequantized.add(inputs[0])
  if (QUANTIZES_ACTIVATIONS.test(operator)) parts.quantizesActivations = true
  for (const attribute of attributes) {
    for await (const field of reader.fields(attribute.begin, attribute.end)) {
      if (field.number === 5 && operator === 'Constant') await readTensor(reader, field, parts, output)
      else if (field.number === 6) await readGraph(reader, field, parts, depth + 1)
    }
  }
}

/** TensorProto: data_type = 2, int32_data = 5, name = 8, raw_data = 9, external_data = 13, data_location = 14. */
async function readTensor(
  reader: OnnxFileReader,
  range: FileField,
  parts: GraphParts,
  constant: string | undefined,
): Promise<void> {
  let dataType = 0
  let name = ''
  let isExternal = false
  let raw: FileField | undefined
  let packed: FileField | undefined
  const external: Record<string, string> = {}
  for await (const field of reader.fields(range.begin, range.end)) {
    if (field.number === 2) dataType = field.value
    else if (field.number === 5) packed = field
    else if (field.number === 8) name = await reader.text(field)
    else if (field.number === 9) raw = field
    else if (field.number === 14) isExternal = field.value === EXTERNAL
    else if (field.number === 13) {
      // StringStringEntryProto: key = 1, value = 2
      let key = ''
      for await (const part of reader.fields(field.begin, field.end)) {
        if (part.number === 1) key = await reader.text(part)
        else if (part.number === 2) external[key] = await reader.text(part)
      }
    }
  }
  if (dataType === INT8) parts.tensors.push({ name: constant ?? name, raw, packed, external, isExternal })
}

async function isWide(reader: OnnxFileReader, tensor: Int8Tensor, folder: string): Promise<boolean> {
  const { raw, packed, external, isExternal } = tensor
  if (isExternal) {
    const { location = '' } = external
    // ONNX Runtime refuses such a file
    if (!isInside(location)) throw new RangeError(`weights in ${location}`)
    return isWideFile(join(folder, location), external)
  }
  if (packed !== undefined) {
    // a negative number stands there as one of 64 bits
    for await (const byte of reader.lowestBytes(packed)) if (isWideByte(byte)) return true
  }
  if (raw === undefined) return false
  for (let at = raw.begin; at < raw.end; at += PIECE_BYTES) {
    if ((await reader.bytes(at, Math.min(PIECE_BYTES, raw.end - at))).some(isWideByte)) return true
  }
  return false
}

/** Weights that lie in a file beside the graph. */
async function isWideFile(path: string, { offset = '0', length }: Readonly<Record<string, string>>): Promise<boolean> {
  const sizeBytes = await sizeOfFile(path)
  const begin = Number(offset)
  const end = length === undefined ? sizeBytes : begin + Number(length)
  if (!(begin >= 0 && end <= sizeBytes)) throw new RangeError(`weights to byte ${end} of ${path}`)
  await using file = await open(path, 'r')
  const reader = new OnnxFileReader(file, sizeBytes)
  for (let at = begin; at < end; at += PIECE_BYTES) {
    if ((await reader.bytes(at, Math.min(PIECE_BYTES, end - at))).some(isWideByte)) return true
  }
  return false
}

function isWideByte(byte: number): boolean {
  return Math.abs((byte << 24) >> 24) > LARGEST_SAFE_WEIGHT
}
