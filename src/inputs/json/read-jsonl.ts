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
}

/** Reads one JSON object per line; empty lines count but give nothing. Lines end in LF or CRLF. */
export function readJsonl<Mapped extends { readonly kind: string }>(
  window: ByteWindow,
  { file, mapper, maxLineBytes }: LineReaderOptions<RecordMapper<Mapped>>,
): AsyncGenerator<(Mapped | RejectedRecord)[]> {
  return readLines(window, { file, maxLineBytes, parse: (bytes, place) => parseJsonRecord(bytes, place, mapper) })
}
