import { InputError } from '../errors.js'
import type { InputRecord } from './input-record.js'

/** Why a record gives no document that its whole file has in common. */
const MISSING_FIELDS: readonly string[] = ['MISSING_TEXT', 'MISSING_ID']

/**
 * The records of one file, or an error where all of the first ones lack the field of the text, or all the field of the id: then the option is wrong
 * that names it, and not the records.
 * @throws InputError `MISSING_TEXT`, `MISSING_ID`
 */
export async function* requireFields(records: AsyncIterable<InputRecord[]>): AsyncGenerator<InputRecord[]> {
  let isFirst = true
  for await (const batch of records) {
    const [first] = batch
    if (isFirst && first?.kind === 'rejected' && MISSING_FIELDS.includes(first.code)) {
      const isAll = batch.every((record) => record.kind === 'rejected' && record.code === first.code)
      if (isAll) throw new InputError(first.code, `${first.place.file}: ${first.reason}`)
    }
    isFirst &&= batch.length === 0
    yield batch
  }
}
