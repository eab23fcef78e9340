import { InputError } from '../../errors.js'
import type { OnNotice } from '../input-notice.js'
import { BATCH_RECORDS, type InputRecord, type RejectedRecord } from '../input-record.js'
import type { FieldWatch } from './field-watch.js'

/** Why a record gives no document that its whole file may have in common. */
const MISSING_FIELDS: readonly string[] = ['MISSING_TEXT', 'MISSING_ID']

/** Rejections that are held back until it is known whether some record has the field. */
const MAX_HELD = 10_000

/** Records of a single file, and batches of them, in which a field that not all records have is looked for. */
const WATCHED_RECORDS = 2048
const WATCHED_BATCHES = 64

/**
 * The records of a single input, or an error where none has a field that is looked for. If there are many, those that are not of a table are only told of:
 * a later one may have it.
 * @throws InputError `MISSING_FIELD`
 */
export async function* requireSeen(
  records: AsyncIterable<InputRecord[]>,
  watch: FieldWatch,
  file: string,
  onNotice?: OnNotice,
): AsyncGenerator<InputRecord[]> {
  let held: InputRecord[][] = []
  let count = 0
  let isLooking = true
  for await (const batch of records) {
    isLooking &&= !watch.isDone
    if (!isLooking || !watch.hasSeen) {
      yield* held
      held = []
      yield batch
      continue
    }
    held.push(batch)
    count += batch.length
    if (count < WATCHED_RECORDS && held.length < WATCHED_BATCHES) continue
    if (watch.isTable) throw watch.missingField(file)
    const message = `the first ${count} records: ${watch.describeMissing()} A later record may have it.`
    onNotice?.({ kind: 'no-field', file, message })
    isLooking = false
  }
  if (isLooking && !watch.isDone && watch.hasSeen) throw watch.missingField(file)
  yield* held
}

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
