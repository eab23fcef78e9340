import { isUtf8 } from 'node:buffer'
import { type Place, type RejectedRecord, rejectRecord } from './input-record.js'

/** The rejection of bytes that are not UTF-8, at the offset of the first bad one; null where all are well-formed. */
export function rejectInvalidUtf8(bytes: Buffer, place: Place): RejectedRecord | null {
  const invalid = findInvalidUtf8(bytes)
  if (invalid < 0) return null
  const byteOffset = (place.byteOffset ?? 0) + invalid
  const hex = bytes[invalid]!.toString(16).padStart(2, '0')
  const reason = `Expected UTF-8, got the byte 0x${hex} at offset ${byteOffset}.`
  return rejectRecord({ ...place, byteOffset }, 'INVALID_UTF8', reason)
}

/** Index of the first byte that is not part of well-formed UTF-8, or −1. */
function findInvalidUtf8(bytes: Buffer): number {
  if (isUtf8(bytes)) return -1
  // Decoding puts U+FFFD in place of what is malformed; a U+FFFD that the input itself holds is the bytes EF BF BD.
  const text = bytes.toString('utf8')
  let from = 0
  let offset = 0
  for (;;) {
    const at = text.indexOf('\ufffd', from)
    if (at < 0) return offset
    offset += Buffer.byteLength(text.slice(from, at))
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset
    offset += 3
    from = at + 1
  }
}
