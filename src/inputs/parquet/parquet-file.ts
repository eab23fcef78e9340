import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { AsyncBuffer } from 'hyparquet'
import { readAt } from '../../files/read-at.js'

/** An open file as hyparquet reads it; a range outside the file is an error, as a damaged footer may ask for one. */
export async function toAsyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (!(start >= 0 && start <= end && end <= size)) {
        throw new Error(`bytes ${start} to ${end} of a file of ${size} bytes`)
      }
      const bytes = new Uint8Array(end - start)
      const filled = await readAt(handle, bytes, start)
      if (filled < bytes.length) throw new Error(`the end of the file at byte ${start + filled}`)
      return bytes.buffer
    },
  }
}

/**
 * A file whose reads never settle once it is abandoned. When hyparquet meets a damaged column, it throws without awaiting the columns
 * that it has begun; what these then reject with would end the process.
 */
export function guardSlices(file: AsyncBuffer): { file: AsyncBuffer; abandon: () => void } {
  let isAbandoned = false
  async function slice(start: number, end?: number): Promise<ArrayBuffer> {
    const bytes = await Promise.allSettled([setImmediate().then(() => file.slice(start, end))])
    if (isAbandoned) return await new Promise<never>(() => {})
    if (bytes[0].status === 'rejected') throw bytes[0].reason
    return bytes[0].value
  }
  return {
    file: {
      byteLength: file.byteLength,
      slice(start, end) {
        const bytes = slice(start, end)
        bytes.catch(() => {}) // some reads are begun ahead and never awaited
        return bytes
      },
    },
    abandon: () => {
      isAbandoned = true
    },
  }
}
