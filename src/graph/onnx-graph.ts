import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf'
import type { TensorRange } from './safetensors.js'

/** A node's attribute: an integer (bigint), a float (number), a list of integers, or a tensor. */
export type Attribute = bigint | number | readonly bigint[] | Constant

/** A tensor whose elements are inside the graph. */
export interface Constant {
  readonly shape: readonly number[]
  readonly values: Float32Array | BigInt64Array | Int8Array | Uint8Array
}

/** Domain of ONNX Runtime's own operators. */
export const MICROSOFT_DOMAIN = 'com.microsoft'

/** What a checkpoint's weights may be stored as. */
export const WEIGHT_TYPES: Readonly<Record<string, DataType>> = {
  F32: DataType.FLOAT,
  F16: DataType.FLOAT16,
  BF16: DataType.BFLOAT16,
}

const OPSET = 17n
const IR_VERSION = 8n

/**
 * Collects nodes and initializers and writes them as an ONNX model (opset 17 and `com.microsoft` 1).
 * Weights of the checkpoint are external data: byte ranges of that file, nothing is copied.
 */
export class OnnxGraph {
  readonly #weightsFile: string
  readonly #nodes: MessageInitShape<typeof NodeProtoSchema>[] = []
  readonly #initializers = new Map<string, MessageInitShape<typeof TensorProtoSchema>>()

  /** @param weightsFile name of the checkpoint, which lies beside the graph file */
  constructor(weightsFile: string) {
    this.#weightsFile = weightsFile
  }

  /** Adds a node and returns the name of its first output. */
  add(
    opType: string,
    input: readonly string[],
    output: string | readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): string {
    const outputs = typeof output === 'string' ? [output] : [...output]
    this.#nodes.push({
      opType,
      input: [...input],
      output: outputs,
      domain,
      attribute: Object.entries(attributes).map(([name, value]) => toAttribute(name, value)),
    })
    return outputs[0]!
  }

  /** Adds a tensor that is stored in the graph and returns its name; a second tensor of a name is the first one. */
  constant(name: string, constant: Constant): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, { name, ...toTensor(constant) })
    return name
  }

  /** Adds a whole number as a tensor without axes. */
  index(name: string, value: number): string {
    return this.constant(name, { shape: [], values: BigInt64Array.of(BigInt(value)) })
  }

  /** Adds whole numbers, such as sizes or axes, as a tensor of one axis. */
  indices(name: string, ...values: readonly number[]): string {
    return this.constant(name, { shape: [values.length], values: BigInt64Array.from(values, BigInt) })
  }

  /**
   * Adds a tensor of the checkpoint by reference and returns the name of its values in float32: those of a half-precision tensor
   * are converted when a session is opened.
   * @param range of a type in {@link WEIGHT_TYPES}
   */
  weight(name: string, range: TensorRange): string {
    const isHalf = range.dtype !== 'F32'
    const floats = isHalf ? `${name}.float32` : name
    if (!this.#initializers.has(name)) {
      if (isHalf) this.add('Cast', [name], floats, { to: BigInt(DataType.FLOAT) })
      this.#initializers.set(name, {
        name,
        dataType: WEIGHT_TYPES[range.dtype]!,
        dims: range.shape.map(BigInt),
        dataLocation: DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: this.#weightsFile },
          { key: 'offset', value: String(range.offsetBytes) },
          { key: 'length', value: String(range.lengthBytes) },
        ],
      })
    }
    return floats
  }

  /**
   * The model's bytes.
   * @param inputs names of int32 inputs and of their axes
   * @param outputs names of float32 outputs and of their axes; a number is a fixed size
   */
  encode(
    inputs: Readonly<Record<string, readonly string[]>>,
    outputs: Readonly<Record<string, readonly (string | number)[]>>,
  ): Uint8Array {
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'offgrid',
        opsetImport: [
          { domain: '', version: OPSET },
          { domain: MICROSOFT_DOMAIN, version: 1n },
        ],
        graph: {
          name: 'encoder',
          node: this.#nodes,
          initializer: [...this.#initializers.values()],
          input: Object.entries(inputs).map(([name, axes]) => toValueInfo(name, DataType.INT32, axes)),
          output: Object.entries(outputs).map(([name, axes]) => toValueInfo(name, DataType.FLOAT, axes)),
        },
      }),
    )
  }
}

function toTensor({ shape, values }: Constant): MessageInitShape<typeof TensorProtoSchema> {
  // Copied, so that a view of a larger buffer is written as what it shows.
  const rawData = new Uint8Array(values.byteLength)
  rawData.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return { dims: shape.map(BigInt), dataType: dataTypeOf(values), rawData }
}

function dataTypeOf(values: Constant['values']): DataType {
  if (values instanceof Float32Array) return DataType.FLOAT
  if (values instanceof BigInt64Array) return DataType.INT64
  return values instanceof Int8Array ? DataType.INT8 : DataType.UINT8
}

function toAttribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'bigint') return { name, type: AttributeType.INT, i: value }
  if (typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value }
  if ('values' in value && 'shape' in value) return { name, type: AttributeType.TENSOR, t: toTensor(value) }
  return { name, type: AttributeType.INTS, ints: [...(value as readonly bigint[])] }
}

function toValueInfo(
  name: string,
  elemType: DataType,
  axes: readonly (string | number)[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = axes.map((axis) => ({
    value:
      typeof axis === 'number'
        ? { case: 'dimValue' as const, value: BigInt(axis) }
        : { case: 'dimParam' as const, value: axis },
  }))
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } }
}
