import { once } from 'node:events'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { InputError } from '../../errors.js'
import type { Compression } from './input-format.js'
import { PortableZstd } from './portable-zstd.js'
import { largeWindow, requireSmallWindow } from './zstd-window.js'

/** Compressed bytes per step; a step of gzip gives at most about 1,000 times as much. */
const STEP_BYTES: Readonly<Record<Compression, number>> = { gzip: 16 * 1024, zstd: 1024 }
/** Above what one step can give: what came before an error is read before the error takes it away. */
const OUTPUT_HIGH_WATER_BYTES = 64 * 1024 * 1024

type CreateDecompressor = (options: object) => Transform

/** Node has zstd from 22.15 and 23.8 on; undefined before. */
const createZstdDecompress = (zlib as { createZstdDecompress?: CreateDecompressor }).createZstdDecompress

/** Compressed data that cannot be read on. */
class BrokenStream extends Error {
  /** Decompressed bytes before. */
  readonly bytes: number
  /** The step in which it broke, in compressed bytes. */
  readonly step: readonly [begin: number, end: number]

  constructor(bytes: number, step: readonly [number, number], cause: NodeJS.ErrnoException) {
    super(cause.message, { cause })
    this.bytes = bytes
    this.step = step
  }
}

/**
 * Decompressed content of gzip (all members of a concatenation) or zstd (all frames). What stands before a truncation or a corruption is given
 * before the error is thrown; for that, corrupt data are read once more.
 * @param reopen the compressed bytes from the beginning; null where they can be read only once, and then the last 16 KB of them before a corruption are lost
 * @throws InputError `TRUNCATED_INPUT` or `CORRUPT_INPUT` with the place; `UNSUPPORTED_FORMAT` for zstd that needs very much memory
 */
export async function* decompress(
  blocks: AsyncIterable<Buffer>,
  compression: Compression,
  reopen: (() => AsyncIterable<Buffer>) | null,
): AsyncGenerator<Buffer> {
  let given = 0
  try {
    for await (const chunk of expand(blocks, compression, Number.POSITIVE_INFINITY)) {
      given += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error
    if (isTruncated(error) || reopen === null) throw brokenInput(error, compression)
    try {
      // The step in which it broke gives nothing: byte by byte, what comes before the bad byte does.
      let before = 0
      for await (const chunk of expand(reopen(), compression, error.step[0])) {
        yield chunk.subarray(Math.max(0, Math.min(chunk.length, given - before)))
        before += chunk.length
      }
    } catch (again) {
      throw again instanceof BrokenStream ? brokenInput(again, compression) : again
    }
    throw brokenInput(error, compression)
  }
}

/** @param fineFrom compressed bytes from which on a step is one byte */
async function* expand(
  blocks: AsyncIterable<Buffer>,
  compression: Compression,
  fineFrom: number,
): AsyncGenerator<Buffer> {
  const create =
    compression === 'gzip'
      ? (zlib.createGunzip as CreateDecompressor)
      : (createZstdDecompress ?? ((options) => new PortableZstd(options)))
  const stream = create({ readableHighWaterMark: OUTPUT_HIGH_WATER_BYTES })
  let failure: NodeJS.ErrnoException | null = null
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure = error
  })
  const closed = once(stream, 'close').catch(() => {})
  let step: [number, number] = [0, 0]
  let bytes = 0
  try {
    for await (const block of blocks) {
      if (compression === 'zstd' && step[1] === 0) requireSmallWindow(block)
      for (let from = 0; from < block.length && failure === null; ) {
        const length = step[1] >= fineFrom ? 1 : STEP_BYTES[compression]
        const piece = block.subarray(from, from + length)
        step = [step[1], step[1] + piece.length]
        from += piece.length
        await Promise.race([new Promise<void>((resolve) => stream.write(piece, () => resolve())), closed])
        yield* drain()
      }
      if (failure !== null) break
    }
    // Nothing at all is no gzip file, but an empty one: Node's own gunzip takes it so, too.
    if (failure === null) {
      stream.end()
      stream.once('end', () => stream.destroy())
      for (let isOpen = true; isOpen; ) {
        yield* drain()
        isOpen = await Promise.race([
          closed.then(() => false),
          once(stream, 'readable').then(
            () => true,
            () => false,
          ),
        ])
      }
    }
    yield* drain()
  } finally {
    stream.destroy()
  }
  if (failure !== null) throw new BrokenStream(bytes, step, failure)

  function* drain(): Generator<Buffer> {
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
      bytes += chunk.length
      yield chunk
    }
  }
}

function isTruncated({ cause }: BrokenStream): boolean {
  return (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
}

/** What Node's zstd, and the portable one, say of a frame with a window that is too large. */
const LARGE_WINDOW = /too much memory|windowTooLarge|Invalid typed array length|Array buffer allocation failed/i

function brokenInput(error: BrokenStream, compression: Compression): InputError {
  if (compression === 'zstd' && LARGE_WINDOW.test(error.message)) return largeWindow('more')
  const where = `after ${error.bytes} decompressed bytes, within the first ${error.step[1]} compressed bytes`
  return isTruncated(error)
    ? new InputError(
        'TRUNCATED_INPUT',
        `Expected a whole ${compression} file, got one that ends early (${where}); fetch it again.`,
        { cause: error.cause },
      )
    : new InputError(
        'CORRUPT_INPUT',
        `Expected ${compression} data, got something else (${where}): ${error.message}; fetch it again.`,
        { cause: error.cause },
      )
}
