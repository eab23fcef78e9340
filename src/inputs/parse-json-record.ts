import type { DocumentMapper } from './document-mapper.js'
import { type InputRecord, type Place, rejectRecord } from './input-record.js'
import { rejectInvalidUtf8 } from './reject-invalid-utf8.js'

/** The document of one JSON object given as UTF-8 bytes, or its rejection. */
export function parseJsonRecord(bytes: Buffer, place: Place, mapper: DocumentMapper): InputRecord {
  const invalid = rejectInvalidUtf8(bytes, place)
  if (invalid !== null) return invalid
  const json = bytes.toString('utf8')
  let record: unknown
  try {
    record = JSON.parse(json)
  } catch (error) {
    return rejectRecord(
      place,
      'INVALID_JSON',
      `Expected a JSON object, got text that does not parse: ${(error as Error).message.slice(0, 200)}`,
    )
  }
  return mapper.map(record, place, json)
}
