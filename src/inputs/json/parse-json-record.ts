import { InputError } from '../../errors.js'
import { type Place, type RejectedRecord, rejectRecord } from '../input-record.js'
import { rejectInvalidUtf8 } from '../reject-invalid-utf8.js'
import { parseExactJson } from './exact-json.js'

/** What makes something of a parsed record, e.g. a document. */
export interface RecordMapper<Mapped> {
  /** @param source the JSON text that `record` was parsed from */
  map(record: unknown, place: Place, source: string): Mapped | RejectedRecord
}

/** What the mapper makes of one JSON value given as UTF-8 bytes, or its rejection. */
export function parseJsonRecord<Mapped>(
  bytes: Buffer,
  place: Place,
  mapper: RecordMapper<Mapped>,
): Mapped | RejectedRecord {
  const invalid = rejectInvalidUtf8(bytes, place)
  if (invalid !== null) return invalid
  const json = bytes.toString('utf8')
  let record: unknown
  try {
    record = parseExactJson(json)
  } catch (error) {
    if (error instanceof InputError) return rejectRecord(place, error.code, error.message)
    return rejectRecord(
      place,
      'INVALID_JSON',
      `Expected a JSON object, got text that does not parse: ${(error as Error).message.slice(0, 200)}`,
    )
  }
  return mapper.map(record, place, json)
}
