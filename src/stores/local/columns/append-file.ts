import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { corruptError, onDisk, toDiskError } from '../disk-error.js'

/** Bytes read ahead when reads follow each other; one window per file is all that reading keeps in memory. */
const WINDOW_BYTES = 256 * 1024

/**
 * A file that only grows. Bytes below `length` are committed and never change; what lies past it was never acknowledged,
 * is never read, and is overwritten by the next append.
 */
export class AppendFile {
  readonly path: string
  readonly #handle: FileHandle
  #length: number
  #window = Buffer.alloc(0)
  #windowStart = 0
  #windowLength = 0

  private constructor(path: string, handle: FileHandle, length: number) {
    this.path = path
    this.#handle = handle
    this.#length = length
  }

  /** @throws StoreError `STORE_NOT_WRITABLE`, `STORE_FULL` */
  static async create(path: string): Promise<AppendFile> {
    return new AppendFile(path, await onDisk(`create ${path}`, () => open(path, 'wx+')), 0)
  }

  /**
   * @param length the committed bytes
   * @throws StoreError `STORE_CORRUPT` if the file is missing or shorter
   */
  static async open(path: string, length: number, readOnly: boolean): Promise<AppendFile> {
    let handle: FileHandle
    try {
      handle = await open(path, readOnly ? 'r' : 'r+')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corruptError(`${path} is missing`, error)
      throw toDiskError(error, `open ${path}`)
    }
    try {
      const { size } = await handle.stat()
      if (size < length) throw corruptError(`${path} has ${size} bytes where ${length} were written`)
      return new AppendFile(path, handle, length)
    } catch (error) {
      await handle.close()
      throw toDiskError(error, `look at ${path}`)
    }
  }

  /** The committed bytes. */
  get length(): number {
    return this.#length
  }

  /**
   * Writes after the committed bytes; nobody sees it before {@link commit}.
   * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`
   */
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0
    while (written < bytes.length) {
      const rest = bytes.length - written
      const write = () => this.#handle.write(bytes, written, rest, this.#length + written)
      written += (await onDisk(`write ${this.path}`, write)).bytesWritten
    }
  }

  /**
   * Waits until what was appended is on the device (fdatasync).
   * @throws StoreError `STORE_FULL`, `STORE_IO`
   */
  async sync(): Promise<void> {
    await onDisk(`bring to the disk ${this.path}`, () => this.#handle.datasync())
  }

  commit(bytes: number): void {
    this.#length += bytes
  }

  /**
   * Cuts off what was appended and not committed.
   * @throws StoreError `STORE_NOT_WRITABLE`, `STORE_IO`
   */
  async rollBack(): Promise<void> {
    await onDisk(`cut off the end of ${this.path}`, () => this.#handle.truncate(this.#length))
  }

  /**
   * Committed bytes, as a view that is valid until the next read. Reads that follow each other are served from one window.
   * @throws StoreError `STORE_CORRUPT`, `STORE_IO`
   */
  read(offset: number, length: number): Buffer {
    const start = offset - this.#windowStart
    if (start >= 0 && start + length <= this.#windowLength) return this.#window.subarray(start, start + length)
    this.#assertCommitted(offset, length)
    const follows = start >= 0 && start <= this.#windowLength + WINDOW_BYTES / 4
    const ahead = follows ? Math.min(WINDOW_BYTES, this.#length - offset) : 0
    const wanted = Math.max(length, ahead)
    if (this.#window.length < wanted) this.#window = Buffer.allocUnsafeSlow(wanted)
    this.#windowLength = 0
    this.readInto(this.#window.subarray(0, wanted), offset)
    this.#windowStart = offset
    this.#windowLength = wanted
    return this.#window.subarray(0, length)
  }

  /**
   * Fills `target` with the committed bytes from `offset` on.
   * @throws StoreError `STORE_CORRUPT`, `STORE_IO`
   */
  readInto(target: Uint8Array, offset: number): void {
    this.#assertCommitted(offset, target.length)
    let done = 0
    while (done < target.length) {
      let count: number
      try {
        count = readSync(this.#handle.fd, target, done, target.length - done, offset + done)
      } catch (error) {
        throw toDiskError(error, `read ${this.path}`)
      }
      if (count === 0) throw corruptError(`${this.path} ends at byte ${offset + done} of ${this.#length}`)
      done += count
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** Before any memory is taken for what a damaged place claims to hold. */
  #assertCommitted(offset: number, length: number): void {
    if (offset >= 0 && offset + length <= this.#length) return
    throw corruptError(`${this.path} has ${this.#length} bytes; ${offset} to ${offset + length} are asked for`)
  }
}
