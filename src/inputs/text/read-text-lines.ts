import type { ByteWindow } from '../byte-window.js'
import { type InputRecord, type Place, rejectRecord } from '../input-record.js'
import type { LineReaderOptions } from '../json/read-jsonl.js'
import { checkText } from '../mapping/document-mapper.js'
import { readLines } from '../read-lines.js'
import { rejectInvalidUtf8 } from '../reject-invalid-utf8.js'

/** Reads one text a line: a document without an id and without fields. */
export function readTextLines(
  window: ByteWindow,
  { maxTextBytes, ...options }: Omit<LineReaderOptions, 'mapper'> & { readonly maxTextBytes: number },
): AsyncGenerator<InputRecord[]> {
  return readLines<InputRecord>(window, { ...options, parse: (bytes, place) => parseLine(bytes, place, maxTextBytes) })
}

function parseLine(bytes: Buffer, place: Place, maxTextBytes: number): InputRecord {
  const invalid = rejectInvalidUtf8(bytes, place)
  if (invalid !== null) return invalid
  const text = checkText(bytes.toString('utf8').replace(/\r$/, ''), maxTextBytes, 'the line')
  if (!('value' in text)) return rejectRecord(place, text.code, text.reason)
  return { kind: 'document', document: { id: null, text: text.value, payload: {} }, place }
}
