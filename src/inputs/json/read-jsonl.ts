import type { ByteSpan } from '../byte-span.js'
import type { ByteWindow } from '../byte-window.js'
import type { RejectedRecord } from '../input-record.js'
import type { DocumentMapper } from '../mapping/document-mapper.js'
import { readLines } from '../read-lines.js'
import { parseJsonRecord, type RecordMapper } from './parse-json-record.js'

export interface LineReaderOptions<Mapper = DocumentMapper> {
  readonly file: string
  readonly mapper: Mapper
  /** Longest line or record in bytes; a longer one is passed over without being held in memory. */
  readonly maxLineBytes: number
  /** The records that are read, where it is not all of the file. */
  readonly span?: ByteSpan | undefined
}

/** Reads one JSON object per line; empty lines count but give nothing. Lines end in LF or CRLF. */
export function readJsonl<Mapped extends { readonly kind: string }>(
  window: ByteWindow,
  { mapper, ...options }: LineReaderOptions<RecordMapper<Mapped>>,
): AsyncGenerator<(Mapped | RejectedRecord)[]> {
  return readLines(window, { ...options, parse: (bytes, place) => parseJsonRecord(bytes, place, mapper) })
}
