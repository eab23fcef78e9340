import { once } from 'node:events'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { InputError } from '../errors.js'
import type { Compression } from './input-format.js'

/** Compressed bytes per step; a step of gzip gives at most about 1,000 times as much. */
const STEP_BYTES = 16 * 1024
/** Above what one step can give, so that a step never waits for its reader. */
const OUTPUT_HIGH_WATER_BYTES = 64 * 1024 * 1024

type CreateDecompressor = (options: object) => Transform

/** Node has zstd from 22.15 and 23.8 on; undefined before. */
const createZstdDecompress = (zlib as { createZstdDecompress?: CreateDecompressor }).createZstdDecompress

/** True where this Node can read the compression. */
export function canDecompress(compression: Compression): boolean {
  return compression === 'gzip' || createZstdDecompress !== undefined
}

/**
 * Decompressed content of gzip (all members of a concatenation) or zstd. What stands before a truncation is given before the error is thrown;
 * of corrupt data the last 16 KB before the corruption may be missing.
 * @throws InputError `TRUNCATED_INPUT` or `CORRUPT_INPUT` with the place; `ZSTD_UNSUPPORTED` where this Node has no zstd
 */
export async function* decompress(blocks: AsyncIterable<Buffer>, compression: Compression): AsyncGenerator<Buffer> {
  const create = compression === 'gzip' ? (zlib.createGunzip as CreateDecompressor) : createZstdDecompress
  if (create === undefined) throw zstdUnsupported()
  const stream = create({ readableHighWaterMark: OUTPUT_HIGH_WATER_BYTES })
  let failure: NodeJS.ErrnoException | null = null
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure = error
  })
  const closed = once(stream, 'close').catch(() => {})
  let compressedBytes = 0
  let bytes = 0
  try {
    for await (const block of blocks) {
      for (let from = 0; from < block.length && failure === null; from += STEP_BYTES) {
        const step = block.subarray(from, from + STEP_BYTES)
        await Promise.race([new Promise<void>((resolve) => stream.write(step, () => resolve())), closed])
        compressedBytes += step.length
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
  if (failure !== null) throw brokenInput(failure, compression, bytes, compressedBytes)

  function* drain(): Generator<Buffer> {
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
      bytes += chunk.length
      yield chunk
    }
  }
}

export function zstdUnsupported(path?: string): InputError {
  const what = path === undefined ? 'this input' : path
  return new InputError(
    'ZSTD_UNSUPPORTED',
    `Reading ${what} needs zstd, which Node has from 22.15 on, got ${process.version}; decompress it first (zstd -d) or use a newer Node.`,
  )
}

function brokenInput(
  error: NodeJS.ErrnoException,
  compression: Compression,
  bytes: number,
  compressedBytes: number,
): InputError {
  const where = `after ${bytes} decompressed bytes, within the first ${compressedBytes} compressed bytes`
  if (error.code === 'Z_BUF_ERROR') {
    return new InputError(
      'TRUNCATED_INPUT',
      `Expected a whole ${compression} file, got one that ends early (${where}); fetch it again.`,
      { cause: error },
    )
  }
  return new InputError(
    'CORRUPT_INPUT',
    `Expected ${compression} data, got something else (${where}): ${error.message}; fetch it again.`,
    { cause: error },
  )
}
