import { type FileHandle, open, stat } from 'node:fs/promises'
import { InputError } from '../../errors.js'
import { decompress } from './decompress.js'
import { type Compression, compressionOf } from './input-format.js'

const BLOCK_BYTES = 256 * 1024

/**
 * The content of a file in blocks, decompressed; a file that grows meanwhile ends at the size it had when opened.
 * @param from the first byte that is read, of a file that is not compressed
 */
export function openBytes(path: string, compression: Compression | null, from = 0): AsyncIterable<Buffer> {
  return compression === null ? readBlocks(path, from) : openCompressed(path, compression)
}

async function* openCompressed(path: string, compression: Compression): AsyncGenerator<Buffer> {
  // a pipe can be read only once
  const isFile = (await stat(path)).isFile()
  yield* decompress(readBlocks(path), compression, isFile ? () => readBlocks(path) : null)
}

/** Whether a path has what stands for bytes that are no UTF-8: with these in it a file cannot be named. */
export function isNotUtf8(path: string): boolean {
  return path.includes('\ufffd')
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (!isNotUtf8(path) || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new InputError('READ_FAILED', `Expected a file name in UTF-8, got ${path}; rename the file.`)
  }
}

async function* readBlocks(path: string, from = 0): AsyncGenerator<Buffer> {
  const file = await openFile(path)
  let next: Promise<Buffer> | null = null
  try {
    const stat = await file.stat()
    // A pipe has no size: it ends where its writer ends it.
    let left = stat.isFile() ? Math.max(0, stat.size - from) : Number.POSITIVE_INFINITY
    const place = () => (stat.isFile() ? stat.size - left : null)
    // One block is read ahead, while the one before is parsed.
    next = readAhead(file, left, place())
    while (left > 0) {
      const block: Buffer = await next
      if (block.length === 0) {
        if (left === Number.POSITIVE_INFINITY) return
        throw truncated(path, stat.size, left)
      }
      left -= block.length
      next = readAhead(file, left, place())
      yield block
    }
  } finally {
    await next?.catch(() => {})
    await file.close()
  }
}

function readAhead(file: FileHandle, leftBytes: number, place: number | null): Promise<Buffer> {
  const block = readBlock(file, leftBytes, place)
  // A failure is thrown where the block is awaited; until then it must not count as unhandled.
  block.catch(() => {})
  return block
}

/** The next block of a file, empty at its end. */
async function readBlock(file: FileHandle, leftBytes: number, place: number | null): Promise<Buffer> {
  if (leftBytes === 0) return Buffer.alloc(0)
  const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, leftBytes))
  const { bytesRead } = await file.read(block, 0, block.length, place)
  return block.subarray(0, bytesRead)
}

function truncated(path: string, sizeBytes: number, leftBytes: number): InputError {
  const reason = `Expected ${sizeBytes} bytes in ${path}, got ${sizeBytes - leftBytes}: the file became shorter while it was read.`
  return new InputError('TRUNCATED_INPUT', reason)
}

/** A stream's content in blocks. It has no name to say so, but is decompressed where its first bytes are those of gzip or zstd, as no text begins. */
export async function* streamBytes(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  const chunks = chunksOf(stream)
  try {
    let head: Buffer = Buffer.alloc(0)
    let compression = compressionOf(head)
    while (compression === undefined) {
      const next = await chunks.next()
      if (next.done === true) break
      head = Buffer.concat([head, next.value])
      compression = compressionOf(head)
    }
    const whole = prepend(head, chunks)
    yield* compression ? decompress(whole, compression, null) : whole
  } finally {
    await chunks.return(undefined)
  }
}

async function* chunksOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}
