import type { ByteWindow } from '../byte-window.js'
import type { InputRecord, RejectedRecord } from '../input-record.js'
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

/** So much of a file shows whether it begins as an array does. */
const HEAD_BYTES = 64
/** How the first line of an array is rejected, whether it is all of it or its bracket alone. */
const OF_ARRAYS: readonly string[] = ['INVALID_JSON', 'NOT_AN_OBJECT', 'LINE_TOO_LONG']

/** Lines of JSON as {@link readJsonl} gives them; where the file begins as an array does, the rejection of its first line says what to do. */
export async function* readJsonLines(window: ByteWindow, options: LineReaderOptions): AsyncGenerator<InputRecord[]> {
  const head = window.offset === 0 ? window.bytes.toString('latin1', 0, HEAD_BYTES) : ''
  let isArray = /^(?:\xef\xbb\xbf)?\s*\[/.test(head)
  for await (const batch of readJsonl(window, options)) {
    yield isArray ? batch.map((record, i) => (i === 0 ? hintAtArray(record) : record)) : batch
    isArray = false
  }
}

function hintAtArray(record: InputRecord): InputRecord {
  if (record.kind !== 'rejected' || !OF_ARRAYS.includes(record.code)) return record
  return {
    ...record,
    reason: `${record.reason.replace(/\.$/, '')}; if the file is one array of objects, say --format json.`,
  }
}
