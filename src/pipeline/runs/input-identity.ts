import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { InputFormat } from '../../inputs/sources/input-format.js'
import { resolveSources, STDIN } from '../../inputs/sources/resolve-sources.js'

/** A file of an input at a moment. */
export interface InputFile {
  /** Absolute; `-` for stdin. */
  readonly path: string
  readonly sizeBytes: number | null
  /** Time of the last change, ISO 8601; null for stdin. */
  readonly modified: string | null
}

/** What a run reads, as far as can be told without reading it. */
export interface InputIdentity {
  /** SHA-256 over path, size, time of change and inode of every file; null where stdin is read, whose content nobody knows beforehand. */
  readonly digest: string | null
  readonly files: number
  readonly sizeBytes: number
  /** The first of the files. */
  readonly first: readonly InputFile[]
}

/** Files that are named one by one. */
const NAMED_FILES = 20

/**
 * Identifies the input: two that are equal give the same records in the same order.
 * @param format what all sources are said to be, which decides what is taken of a folder
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`, `ZSTD_UNSUPPORTED`
 */
export async function identifyInput(sources: readonly string[], format?: InputFormat): Promise<InputIdentity> {
  const hash = createHash('sha256')
  const first: InputFile[] = []
  let files = 0
  let sizeBytes = 0
  let hasStdin = false
  for (const { path } of await resolveSources(sources, { format })) {
    files += 1
    const isStdin = path === STDIN
    hasStdin ||= isStdin
    // a file that is gone by now is told by the reader
    const stats = isStdin ? null : await stat(path, { bigint: true }).catch(() => null)
    const absolute = isStdin ? STDIN : resolve(path)
    hash.update(JSON.stringify([absolute, String(stats?.size), String(stats?.mtimeNs), String(stats?.ino)]))
    sizeBytes += Number(stats?.size ?? 0n)
    if (first.length < NAMED_FILES) {
      const modified = stats === null ? null : stats.mtime.toISOString()
      first.push({ path: absolute, sizeBytes: stats === null ? null : Number(stats.size), modified })
    }
  }
  return { digest: hasStdin ? null : hash.digest('hex'), files, sizeBytes, first }
}
