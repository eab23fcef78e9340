import { type FileHandle, open } from 'node:fs/promises'
import { InputError } from '../errors.js'
import type { Rejection } from '../pipeline/good-documents.js'

/** Where rejected documents are written, one JSON object a line: `{ file, line, row, byteOffset, id, code, reason }`. */
export interface RejectionLog {
  write(rejection: Rejection): void
  /** Resolves when all is written. */
  close(): Promise<void>
}

/** @throws InputError `ERRORS_FILE` if the file cannot be created */
export async function openRejectionLog(file: string | undefined): Promise<RejectionLog> {
  if (file === undefined) return { write() {}, async close() {} }
  const handle = await create(file)
  const stream = handle.createWriteStream({ encoding: 'utf8' })
  let isClosed = false
  return {
    write({ place, id, code, reason }) {
      stream.write(`${JSON.stringify({ ...place, id, code, reason })}\n`)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject)
        stream.end(resolve)
      })
    },
  }
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'w')
  } catch (cause) {
    throw new InputError(
      'ERRORS_FILE',
      `--errors: expected a file that can be written, got ${file}: ${(cause as Error).message}`,
      { cause },
    )
  }
}

/** Where a rejected document stands, as a person reads it. */
export function formatPlace({ file, line, row }: Rejection['place']): string {
  if (line !== undefined) return `${file}, line ${line}`
  return row === undefined ? file : `${file}, row ${row}`
}
