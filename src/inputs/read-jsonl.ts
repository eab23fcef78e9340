import { type ByteWindow, NEWLINE } from './byte-window.js'
import type { DocumentMapper } from './document-mapper.js'
import { BATCH_BYTES, BATCH_RECORDS, type RejectedRecord, rejectRecord } from './input-record.js'
import { parseJsonRecord, type RecordMapper } from './parse-json-record.js'

export interface LineReaderOptions<Mapper = DocumentMapper> {
  readonly file: string
  readonly mapper: Mapper
  /** Longest line or record in bytes; a longer one is passed over without being held in memory. */
  readonly maxLineBytes: number
}

/** Reads one JSON object per line; empty lines count but give nothing. Lines end in LF or CRLF. */
export async function* readJsonl<Mapped extends { readonly kind: string }>(
  window: ByteWindow,
  options: LineReaderOptions<RecordMapper<Mapped>>,
): AsyncGenerator<(Mapped | RejectedRecord)[]> {
  const { file, mapper, maxLineBytes } = options
  await window.skipByteOrderMark()
  let line = 1
  for (;;) {
    let batch: (Mapped | RejectedRecord)[] = []
    let start = 0
    let batchStart = 0
    for (;;) {
      let end = window.bytes.indexOf(NEWLINE, start)
      if (end < 0) {
        if (!window.ended || start >= window.bytes.length) break
        end = window.bytes.length
      }
      const record = readLine(start, end)
      // The end of a broken input may be half a line: what it lacks is told once, below.
      const isCut = window.failure !== null && end === window.bytes.length && record?.kind === 'rejected'
      if (record !== null && !isCut) batch.push(record)
      start = end + 1
      if (end < window.bytes.length) line++
      if (batch.length >= BATCH_RECORDS || start - batchStart >= BATCH_BYTES) {
        if (batch.length > 0) yield batch
        batch = []
        batchStart = start
      }
    }
    window.consume(Math.min(start, window.bytes.length))
    if (!window.ended && window.bytes.length > maxLineBytes) {
      const byteOffset = window.offset
      await window.skipLine()
      batch.push(tooLong(line, byteOffset))
      line++
    }
    if (window.ended && window.bytes.length === 0) {
      if (window.failure !== null)
        batch.push(rejectRecord({ file, line, byteOffset: window.offset }, window.failure.code, window.failure.reason))
      if (batch.length > 0) yield batch
      return
    }
    if (batch.length > 0) yield batch
    await window.grow()
  }

  function readLine(start: number, end: number): Mapped | RejectedRecord | null {
    const bytes = window.bytes.subarray(start, end)
    const byteOffset = window.offset + start
    if (bytes.length > maxLineBytes) return tooLong(line, byteOffset)
    if (isBlank(bytes)) return null
    return parseJsonRecord(bytes, { file, line, byteOffset }, mapper)
  }

  function tooLong(line: number, byteOffset: number): RejectedRecord {
    const reason = `Expected a line of at most ${maxLineBytes} bytes, got a longer one; it was passed over.`
    return rejectRecord({ file, line, byteOffset }, 'LINE_TOO_LONG', reason)
  }
}

/** True when there is nothing but the white space that JSON allows between values. */
function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  return true
}
