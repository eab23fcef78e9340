import { type ByteSpan, WHOLE } from './byte-span.js'
import { type ByteWindow, NEWLINE } from './byte-window.js'
import { BATCH_BYTES, BATCH_RECORDS, type Place, type RejectedRecord, rejectRecord } from './input-record.js'

/** What is read of a file line by line, or record by record. */
export interface LineOptions {
  readonly file: string
  /** Longest line or record in bytes; a longer one is passed over without being held in memory. */
  readonly maxLineBytes: number
  /** Those that are read, where it is not all of the file. */
  readonly span?: ByteSpan | undefined
}

export interface LinesOptions<Parsed> extends LineOptions {
  /** Makes something of a line, which is not blank; its line end is not part of it. */
  readonly parse: (bytes: Buffer, place: Place) => Parsed | RejectedRecord
}

/** Reads a file line by line; empty lines count but give nothing. Lines end in LF or CRLF. */
export async function* readLines<Parsed extends { readonly kind: string }>(
  window: ByteWindow,
  options: LinesOptions<Parsed>,
): AsyncGenerator<(Parsed | RejectedRecord)[]> {
  const { file, parse, maxLineBytes, span = WHOLE } = options
  const to = span.to ?? Number.POSITIVE_INFINITY
  if (span.from === 0) await window.skipByteOrderMark()
  let { line } = span
  for (;;) {
    let batch: (Parsed | RejectedRecord)[] = []
    let start = 0
    let batchStart = 0
    while (window.offset + start < to) {
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
    if (window.offset >= to) {
      if (batch.length > 0) yield batch
      return
    }
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

  function readLine(start: number, end: number): Parsed | RejectedRecord | null {
    const bytes = window.bytes.subarray(start, end)
    const byteOffset = window.offset + start
    if (bytes.length > maxLineBytes) return tooLong(line, byteOffset)
    if (isBlank(bytes)) return null
    return parse(bytes, { file, line, byteOffset })
  }

  function tooLong(line: number, byteOffset: number): RejectedRecord {
    const reason = `Expected a line of at most ${maxLineBytes} bytes, got a longer one; it was passed over.`
    return rejectRecord({ file, line, byteOffset }, 'LINE_TOO_LONG', reason)
  }
}

/** True when there is nothing but spaces, tabs and a CR. */
function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  return true
}
