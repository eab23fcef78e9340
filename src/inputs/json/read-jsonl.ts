import type { ByteWindow } from '../byte-window.js'
import type { RejectedRecord } from '../input-record.js'
import type { DocumentMapper } from '../mapping/document-mapper.js'
import { type LineOptions, readLines } from '../read-lines.js'
import { parseJsonRecord, type RecordMapper } from './parse-json-record.js'

export interface LineReaderOptions<Mapper = DocumentMapper> extends LineOptions {
  readonly mapper: Mapper
}

/** Reads one JSON object per line; empty lines count but give nothing. Lines end in LF or CRLF. */
export function readJsonl<Mapped extends { readonly kind: string }>(
  window: ByteWindow,
  { mapper, ...options }: LineReaderOptions<RecordMapper<Mapped>>,
): AsyncGenerator<(Mapped | RejectedRecord)[]> {
  return readLines(window, { ...options, parse: (bytes, place) => parseJsonRecord(bytes, place, mapper) })
}
