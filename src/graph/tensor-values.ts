import { ModelError } from '../errors.js'
import { floatFromHalf } from '../vectors/float16.js'
import { type Checkpoint, type FloatTensor, readTensorBytes } from './safetensors.js'

/** How the elements of each type become float32. */
const READERS: Readonly<Record<string, (bytes: ArrayBuffer) => Float32Array>> = {
  F32: (bytes) => new Float32Array(bytes),
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), floatFromHalf),
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
  I64: (bytes) => Float32Array.from(new BigInt64Array(bytes), Number),
  I32: (bytes) => Float32Array.from(new Int32Array(bytes)),
  I16: (bytes) => Float32Array.from(new Int16Array(bytes)),
  I8: (bytes) => Float32Array.from(new Int8Array(bytes)),
  U8: (bytes) => Float32Array.from(new Uint8Array(bytes)),
}

/**
 * Reads one tensor of any common type into memory as float32; integers of more than 24 bits are rounded.
 * @throws ModelError `CHECKPOINT_INVALID` if it is not there; `CHECKPOINT_UNSUPPORTED` for another type
 */
export async function readTensorAsFloats(checkpoint: Checkpoint, name: string): Promise<FloatTensor> {
  const { dtype, shape, bytes } = await readTensorBytes(checkpoint, name)
  const read = READERS[dtype]
  if (read !== undefined) return { shape, values: read(bytes.buffer) }
  throw new ModelError(
    'CHECKPOINT_UNSUPPORTED',
    `${checkpoint.path}: the tensor "${name}" is ${dtype}; expected one of ${Object.keys(READERS).join(', ')}.`,
  )
}
