import { createReadStream, type ReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

/** A file's bytes in large pieces. A stream takes a buffer of a piece's size for every read, so pieces of a small file are as small as it is. */
export async function readInPieces(path: string): Promise<ReadStream> {
  const { size } = await stat(path)
  return createReadStream(path, { highWaterMark: Math.min(PIECE_BYTES, size + 1) })
}
