import type { FileHandle } from 'node:fs/promises'

/**
 * Fills an array from a place of a file on.
 * @returns how many bytes there were: fewer than wanted only at the end of the file
 */
export async function readAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; ; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done)
    done += bytesRead
    if (bytesRead === 0 || done === bytes.length) return done
  }
}
