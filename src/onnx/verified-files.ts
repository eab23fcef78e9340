import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readInPieces } from '../files/read-in-pieces.js'
import { writeFileAtomic } from '../files/write-file-atomic.js'

/** What tells a file from another one at the same path. */
export type FileStats = Pick<Stats, 'size' | 'mtimeMs' | 'ino'>

interface VerifiedFile {
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Its number in the file system; a file that was put in its place has another. */
  readonly ino: number
  readonly sha256: string
}

/**
 * Remembers the sums of files whose number, size and time of change are still the same, so that a start need not hash 90 MB again.
 * It is a cache: it may be lost, and where it cannot be read or written every start hashes.
 */
export class VerifiedFiles {
  readonly #path: string | null
  readonly #files: Map<string, VerifiedFile>
  #isChanged = false

  private constructor(path: string | null, files: Map<string, VerifiedFile>) {
    this.#path = path
    this.#files = files
  }

  /** @param cacheFolder null where there is none */
  static async open(cacheFolder: string | null): Promise<VerifiedFiles> {
    if (cacheFolder === null) return new VerifiedFiles(null, new Map())
    const path = join(cacheFolder, 'verified-files.json')
    try {
      const files = JSON.parse(await readFile(path, 'utf8')) as Record<string, VerifiedFile>
      return new VerifiedFiles(path, new Map(Object.entries(files)))
    } catch {
      return new VerifiedFiles(path, new Map())
    }
  }

  /** The sum that the file had when it was last hashed, or undefined if it may have changed since. */
  recall(path: string, { size, mtimeMs, ino }: FileStats): string | undefined {
    const file = this.#files.get(path)
    const isSame = file?.sizeBytes === size && file.mtimeMs === mtimeMs && file.ino === ino
    return isSame ? file.sha256 : undefined
  }

  remember(path: string, { size, mtimeMs, ino }: FileStats, sha256: string): void {
    this.#files.set(path, { sizeBytes: size, mtimeMs, ino, sha256 })
    this.#isChanged = true
  }

  /** Whether a file has this sum: as remembered, else by hashing it. */
  async holds(path: string, stats: FileStats, sha256: string): Promise<boolean> {
    if (this.recall(path, stats) === sha256) return true
    const isRight = (await hashFile(path)) === sha256
    // a wrong sum is not remembered: the right file may be put back with its old time of change
    if (isRight) this.remember(path, stats, sha256)
    else this.forget(path)
    return isRight
  }

  forget(path: string): void {
    this.#isChanged = this.#files.delete(path) || this.#isChanged
  }

  /** Writes what was learnt; a folder that cannot be written is no error. */
  async save(): Promise<void> {
    if (!this.#isChanged || this.#path === null) return
    this.#isChanged = false
    await writeFileAtomic(this.#path, JSON.stringify(Object.fromEntries(this.#files))).catch(() => undefined)
  }
}

/** SHA-256 of a file, lower-case hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(await readInPieces(path), hash)
  return hash.digest('hex')
}
