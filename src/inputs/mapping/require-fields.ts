import { InputError } from '../../errors.js'
import { BATCH_RECORDS, type InputRecord, type RejectedRecord } from '../input-record.js'

/** Why a record gives no document that its whole file may have in common. */
const MISSING_FIELDS: readonly string[] = ['MISSING_TEXT', 'MISSING_ID']

/** Rejections that are held back until it is known whether some record has the field. */
const MAX_HELD = 10_000

/**
 * The records of an input, or an error where all of them lack the field of the text, or all the field of the id: then the option is wrong that names
 * it, and not the records. Of a single file the first {@link BATCH_RECORDS} are enough to say so.
 * @param isSingle whether all records are of one file
 * @throws InputError `MISSING_TEXT`, `MISSING_ID`
 */
export async function* requireFields(
  records: AsyncIterable<InputRecord[]>,
  isSingle: boolean,
): AsyncGenerator<InputRecord[]> {
  const enough = isSingle ? BATCH_RECORDS : Number.POSITIVE_INFINITY
  /** What lacks the field, as long as that is all there is; null from then on. */
  let held: RejectedRecord[] | null = []
  for await (const batch of records) {
    if (held !== null && held.length < MAX_HELD && batch.every((record) => isLike(record, held!))) {
      held.push(...(batch as RejectedRecord[]))
      if (held.length >= enough) throw missingField(held[0]!)
      continue
    }
    if (held !== null && held.length > 0) yield held
    held = null
    yield batch
  }
  if (held?.[0] !== undefined) throw missingField(held[0])
}

function isLike(record: InputRecord, [first]: readonly RejectedRecord[]): boolean {
  if (record.kind !== 'rejected') return false
  return first === undefined ? MISSING_FIELDS.includes(record.code) : record.code === first.code
}

function missingField({ code, reason, place }: RejectedRecord): InputError {
  return new InputError(code, `${place.file}: ${reason}`)
}
