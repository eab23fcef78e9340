import { InputError } from '../errors.js'

const BOM_BYTES = 3

export const NEWLINE = 0x0a

/** Why an input ended before its end. */
export interface InputFailure {
  readonly code: string
  readonly reason: string
}

/**
 * The bytes of an input that are read but not yet consumed. It grows by doubling, so that a record of n bytes costs O(n)
 * however small the chunks are, and memory stays within twice the longest record.
 */
export class ByteWindow implements AsyncDisposable {
  /** What is read and not consumed. */
  bytes: Buffer = Buffer.alloc(0)
  /** Bytes of the input before `bytes`. */
  offset: number
  /** True when `bytes` is all that is left. */
  ended = false
  /** Set when the input broke off: what came before it is in `bytes`. */
  failure: InputFailure | null = null
  readonly #chunks: AsyncIterator<Buffer>

  /** @param offset bytes of the input before the first chunk */
  constructor(chunks: AsyncIterable<Buffer>, offset = 0) {
    this.offset = offset
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads at least one chunk and at least as much as is unconsumed, or to the end. */
  async grow(): Promise<void> {
    const parts = [this.bytes]
    let wanted = Math.max(1, this.bytes.length)
    while (wanted > 0 && !this.ended) {
      const chunk = await this.#next()
      if (chunk === null) this.ended = true
      else {
        parts.push(chunk)
        wanted -= chunk.length
      }
    }
    if (parts.length > 1) this.bytes = this.bytes.length === 0 && parts.length === 2 ? parts[1]! : Buffer.concat(parts)
  }

  consume(bytes: number): void {
    this.bytes = this.bytes.subarray(bytes)
    this.offset += bytes
  }

  /** Passes a UTF-8 byte order mark; a UTF-16 one ends the input, since no line of it could be read. */
  async skipByteOrderMark(): Promise<void> {
    await this.fill(BOM_BYTES)
    const [first, second, third] = this.bytes
    if (first === 0xef && second === 0xbb && third === 0xbf) this.consume(BOM_BYTES)
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      await this.close()
      this.bytes = Buffer.alloc(0)
      this.ended = true
      this.failure = {
        code: 'INVALID_UTF8',
        reason:
          'Expected UTF-8, got UTF-16 (by its byte order mark); name the encoding (--encoding utf-16le or utf-16be), or convert the file to UTF-8.',
      }
    }
  }

  /** Reads until so many bytes are there, or to the end. */
  async fill(bytes: number): Promise<void> {
    while (this.bytes.length < bytes && !this.ended) await this.grow()
  }

  /** Consumes to the end of the line, its newline included, without holding it. */
  async skipLine(newline: number = NEWLINE): Promise<void> {
    for (;;) {
      const end = this.bytes.indexOf(newline)
      if (end >= 0) return this.consume(end + 1)
      this.consume(this.bytes.length)
      if (this.ended) return
      await this.grow()
    }
  }

  /** Lets go of the input; a file is closed. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #next(): Promise<Buffer | null> {
    try {
      const { done, value } = await this.#chunks.next()
      return done ? null : value
    } catch (error) {
      this.failure =
        error instanceof InputError
          ? { code: error.code, reason: error.message }
          : {
              code: 'READ_FAILED',
              reason: `Reading stopped: ${error instanceof Error ? error.message : String(error)}.`,
            }
      return null
    }
  }
}
