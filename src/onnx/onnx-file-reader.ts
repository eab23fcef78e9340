import type { FileHandle } from 'node:fs/promises'

const PIECE_BYTES = 1 << 16

/** A field of a protobuf message in a file: its number, and a whole number or the range of its bytes. */
export interface FileField {
  readonly number: number
  /** Of a field that is a number; 0 for the others. */
  readonly value: number
  /** Of a field that is bytes, a text or a message; empty for the others. */
  readonly begin: number
  readonly end: number
}

/** Reads an ONNX file as the protobuf message that it is, piece by piece: weights of gigabytes are stepped over, not read. */
export class OnnxFileReader {
  readonly #file: FileHandle
  readonly sizeBytes: number
  #piece = Buffer.alloc(0)
  #pieceBegin = 0

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file
    this.sizeBytes = sizeBytes
  }

  /** The fields of the message in a range. @throws RangeError if it is no message */
  async *fields(begin: number, end: number): AsyncGenerator<FileField> {
    for (let at = begin; at < end; ) {
      const tag = await this.#varint(at)
      at = tag.end
      const number = Math.floor(tag.value / 8)
      const wireType = tag.value % 8
      let field: FileField
      if (wireType === 0) {
        const { value, end: after } = await this.#varint(at)
        field = { number, value, begin: after, end: after }
      } else if (wireType === 2) {
        const { value, end: after } = await this.#varint(at)
        field = { number, value: 0, begin: after, end: after + value }
      } else if (wireType === 1 || wireType === 5) {
        const after = at + (wireType === 1 ? 8 : 4)
        field = { number, value: 0, begin: after, end: after }
      } else {
        throw new RangeError(`a field of wire type ${wireType} at byte ${at}`)
      }
      at = field.end
      if (at > end) throw new RangeError(`a field that ends at byte ${at} of ${end}`)
      yield field
    }
  }

  async text({ begin, end }: FileField): Promise<string> {
    return (await this.bytes(begin, Math.min(end - begin, PIECE_BYTES))).toString('utf8')
  }

  /** The lowest bytes of the whole numbers that stand one after the other in a range. */
  async *lowestBytes({ begin, end }: FileField): AsyncGenerator<number> {
    for (let at = begin; at < end; ) {
      const { lowestByte, end: after } = await this.#varint(at)
      at = after
      yield lowestByte
    }
  }

  /** Some bytes, a view that the next read may change: fewer than wanted only at the end of the file. @param lengthBytes at most 64 KiB */
  async bytes(at: number, lengthBytes: number): Promise<Buffer> {
    const from = at - this.#pieceBegin
    if (from < 0 || from + lengthBytes > this.#piece.length) {
      const piece = Buffer.alloc(PIECE_BYTES)
      const { bytesRead } = await this.#file.read(piece, 0, PIECE_BYTES, at)
      this.#piece = piece.subarray(0, bytesRead)
      this.#pieceBegin = at
    }
    const begin = at - this.#pieceBegin
    return this.#piece.subarray(begin, begin + lengthBytes)
  }

  async #varint(at: number): Promise<{ readonly value: number; readonly lowestByte: number; readonly end: number }> {
    const bytes = await this.bytes(at, Math.min(10, this.sizeBytes - at))
    let value = 0
    for (let i = 0; i < bytes.length; i++) {
      // past 2^53 a number is rounded: no length and no weight is that large
      value += (bytes[i]! & 0x7f) * 2 ** (7 * i)
      if (bytes[i]! < 0x80) {
        const lowestByte = (bytes[0]! & 0x7f) | (i === 0 ? 0 : (bytes[1]! & 1) << 7)
        return { value, lowestByte, end: at + i + 1 }
      }
    }
    throw new RangeError(`no whole number at byte ${at}`)
  }
}
