import { type Document, isDocumentId } from '../document.js'
import { isObject } from '../options.js'
import { type InputRecord, rejectRecord } from './input-record.js'
import { checkText } from './mapping/document-mapper.js'

const FIELDS = ['id', 'text', 'payload'] as const satisfies readonly (keyof Document)[]
const EXPECTED = 'Expected a document: { id (a string that is not empty, a number or null), text, payload }'

/** A document at hand as a record: with its id among its fields, as it is in a record of a file. @param index its number, from 0 */
export function givenDocument(value: unknown, index: number): InputRecord {
  const place = { file: 'documents', row: index + 1 }
  const { id = null, text, payload = {} } = isObject(value) ? (value as Partial<Document>) : {}
  if (typeof text !== 'string' || !isDocumentId(id) || !isObject(payload)) {
    return rejectRecord(place, 'INVALID_DOCUMENT', `${EXPECTED}.`)
  }
  const other = Object.keys(value as object).find((name) => !(FIELDS as readonly string[]).includes(name))
  if (other !== undefined) {
    return rejectRecord(place, 'INVALID_DOCUMENT', `${EXPECTED}, got "${other}": fields are stored from the payload.`)
  }
  const checked = checkText(text, Number.POSITIVE_INFINITY, 'the document')
  if ('code' in checked) return rejectRecord(place, checked.code, checked.reason)
  return { kind: 'document', document: { id, text, payload: id === null ? payload : { id, ...payload } }, place }
}
