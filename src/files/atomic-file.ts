import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './sync-folder.js'
import { writeAt } from './write-at.js'

/**
 * A file that is written piece by piece and stands under its name only when it is whole and on the disk:
 * until then a reader sees the file that was there before, also after a crash.
 */
export class AtomicFile implements AsyncDisposable {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: FileHandle
  #isOpen = true

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
  }

  /** @throws what the file system says, when the folder is not there or may not be written */
  static async create(path: string): Promise<AtomicFile> {
    const temporary = `${path}.${randomUUID().slice(0, 8)}.partial`
    return new AtomicFile(path, temporary, await open(temporary, 'wx'))
  }

  async append(bytes: Uint8Array | string): Promise<void> {
    await this.#handle.appendFile(bytes)
  }

  /** Writes at a place, which may be beyond the end; not to be mixed with {@link append}. */
  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    await writeAt(this.#handle, bytes, position)
  }

  /** Puts the file under its name. */
  async finish(): Promise<void> {
    await this.#handle.sync()
    await this.#close()
    await rename(this.#temporary, this.#path)
    await syncFolder(dirname(this.#path))
  }

  /** Removes what was written. Does nothing once the file is finished. */
  async discard(): Promise<void> {
    await this.#close()
    await rm(this.#temporary, { force: true })
  }

  /** As {@link discard}: a file that is not finished is left to nobody. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#handle.close()
  }
}
