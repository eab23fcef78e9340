import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { InputError } from '../../errors.js'
import { readAt } from '../../files/read-at.js'

/** What tells that a file is still the one that was planned, without reading all of it. */
export interface FileStamp {
  readonly bytes: number
  /** SHA-256 of its first and last bytes, in hexadecimal. */
  readonly ends: string
}

/** Of each end of a file. */
const END_BYTES = 64 * 1024

/** @throws InputError `INPUT_NOT_FOUND` */
export async function stampFile(path: string): Promise<FileStamp> {
  await using file = await open(path, 'r').catch((cause) => {
    throw new InputError('INPUT_NOT_FOUND', `Expected the input ${path}, which cannot be opened (${cause.code}).`, {
      cause,
    })
  })
  const { size } = await file.stat()
  const hash = createHash('sha256')
  hash.update(await endOf(file, 0, Math.min(size, END_BYTES)))
  hash.update(await endOf(file, Math.max(0, size - END_BYTES), Math.min(size, END_BYTES)))
  return { bytes: size, ends: hash.digest('hex') }
}

/** @throws InputError `INPUT_CHANGED`, `INPUT_NOT_FOUND` */
export async function requireUnchanged(path: string, stamp: FileStamp): Promise<void> {
  const now = await stampFile(path)
  if (now.bytes === stamp.bytes && now.ends === stamp.ends) return
  const what = now.bytes === stamp.bytes ? 'other bytes' : `${now.bytes} bytes in place of ${stamp.bytes}`
  throw new InputError(
    'INPUT_CHANGED',
    `Expected ${path} as it was when it was cut into parts, got ${what}; plan the ingest again.`,
  )
}

async function endOf(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, await readAt(file, bytes, position))
}
