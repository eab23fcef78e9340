import { VectorError } from '../../../errors.js'
import { encodeFloat16 } from '../../../vectors/float16.js'
import type { DenseVector, Multivector, SparseVector, Vector } from '../../../vectors.js'
import { decodeFloat16 } from '../../table/decode-float16.js'
import { type ColumnLayout, ELEMENT_BYTES, type Element } from '../table-layout.js'
import type { AppendFile } from './append-file.js'

/** Bytes of an index and its value. */
export const SPARSE_ENTRY_BYTES = 8

/**
 * Bytes of a vector on disk.
 * @throws VectorError `VECTOR_DIMENSION` if it does not fit the column
 */
export function vectorBytes(column: ColumnLayout, vector: Vector): number {
  if (column.kind === 'sparse') return (vector as SparseVector).indices.length * SPARSE_ENTRY_BYTES
  const values = valuesOf(column, vector)
  const expected = column.kind === 'dense' ? column.dimension : (vector as Multivector).rows * column.dimension
  if (values.length !== expected) {
    throw new VectorError(
      'VECTOR_DIMENSION',
      `The vector "${column.name}" should have ${expected} values; got ${values.length}.`,
    )
  }
  return expected * ELEMENT_BYTES[column.element]
}

/** Writes a vector's {@link vectorBytes} at a multiple of the element's size. */
export function writeVector(column: ColumnLayout, vector: Vector, target: ArrayBuffer, at: number): void {
  if (column.kind === 'sparse') {
    const { indices, values } = vector as SparseVector
    new Uint32Array(target, at, indices.length).set(indices)
    new Float32Array(target, at + indices.length * 4, values.length).set(values)
    return
  }
  const values = valuesOf(column, vector)
  if (column.element === 'float16') encodeFloat16(values, new Uint16Array(target, at, values.length))
  else if (column.element === 'uint8') new Uint8Array(target, at, values.length).set(values)
  else new Float32Array(target, at, values.length).set(values)
}

/** Fills `target` with the values that start at byte `offset`. */
export function readValues(file: AppendFile, offset: number, element: Element, target: Float32Array): void {
  if (element === 'float32') {
    file.readInto(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), offset)
    return
  }
  // bytes and halves are read into the end of where they are going: each is read before anything is written over it
  if (element === 'uint8') {
    const bytes = new Uint8Array(target.buffer, target.byteOffset + target.length * 3, target.length)
    file.readInto(bytes, offset)
    for (let i = 0; i < target.length; i++) target[i] = bytes[i]!
    return
  }
  const halves = new Uint16Array(target.buffer, target.byteOffset + target.length * 2, target.length)
  file.readInto(new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength), offset)
  decodeFloat16(halves, target)
}

function valuesOf(column: ColumnLayout, vector: Vector): Float32Array {
  return column.kind === 'dense' ? (vector as DenseVector) : (vector as Multivector).values
}
