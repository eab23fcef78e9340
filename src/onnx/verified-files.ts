import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { writeFileAtomic } from './write-file-atomic.js'

interface VerifiedFile {
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly sha256: string
}

/**
 * Remembers the sums of files whose size and time of change are still the same, so that a start need not hash 90 MB again.
 * It is a cache: it may be lost, and where it cannot be written every start hashes.
 */
export class VerifiedFiles {
  readonly #path: string
  readonly #files: Map<string, VerifiedFile>
  #isChanged = false

  private constructor(path: string, files: Map<string, VerifiedFile>) {
    this.#path = path
    this.#files = files
  }

  static async open(cacheFolder: string): Promise<VerifiedFiles> {
    const path = join(cacheFolder, 'verified-files.json')
    try {
      const files = JSON.parse(await readFile(path, 'utf8')) as Record<string, VerifiedFile>
      return new VerifiedFiles(path, new Map(Object.entries(files)))
    } catch {
      return new VerifiedFiles(path, new Map())
    }
  }

  /** The sum that the file had when it was last hashed, or undefined if it may have changed since. */
  recall(path: string, stats: { readonly size: number; readonly mtimeMs: number }): string | undefined {
    const file = this.#files.get(path)
    return file?.sizeBytes === stats.size && file.mtimeMs === stats.mtimeMs ? file.sha256 : undefined
  }

  remember(path: string, stats: { readonly size: number; readonly mtimeMs: number }, sha256: string): void {
    this.#files.set(path, { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, sha256 })
    this.#isChanged = true
  }

  forget(path: string): void {
    this.#isChanged = this.#files.delete(path) || this.#isChanged
  }

  /** Writes what was learnt; a folder that cannot be written is no error. */
  async save(): Promise<void> {
    if (!this.#isChanged) return
    this.#isChanged = false
    await writeFileAtomic(this.#path, JSON.stringify(Object.fromEntries(this.#files))).catch(() => undefined)
  }
}

/** SHA-256 of a file, lower-case hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
