import { Transform, type TransformCallback } from 'node:stream'
import { Decompress } from 'fzstd'

/** Compressed bytes at once: a block of 4 bytes may stand for 128 KB, so this much gives 32 MB at most. */
const STEP_BYTES = 1024

/** zstd for a Node without its own (before 22.15). It does not verify the checksums that a frame may carry. */
export class PortableZstd extends Transform {
  readonly #decompress = new Decompress((bytes) => {
    if (bytes.length > 0) this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  })
  #isEmpty = true

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#isEmpty &&= chunk.length === 0
    this.#attempt(done, () => {
      for (let at = 0; at < chunk.length; at += STEP_BYTES) this.#decompress.push(chunk.subarray(at, at + STEP_BYTES))
    })
  }

  override _flush(done: TransformCallback): void {
    if (this.#isEmpty) done(truncated())
    else this.#attempt(done, () => this.#decompress.push(new Uint8Array(0), true))
  }

  #attempt(done: TransformCallback, work: () => void): void {
    try {
      work()
      done()
    } catch (error) {
      const isTruncated = (error as Error).message.includes('unexpected EOF')
      done(isTruncated ? truncated() : error instanceof Error ? error : new Error(String(error)))
    }
  }
}

/** As Node's own zlib says it. */
function truncated(): Error {
  return Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' })
}
