import { createHash } from 'node:crypto'
import { InputError } from './errors.js'
import { invalidOption, requireObject, shown } from './options.js'
import { parseUuid } from './parse-uuid.js'

/** A point's id as Qdrant takes it: an unsigned integer or a UUID in canonical lower case. */
export type PointId = number | string

/** Fields that are stored with a point, as JSON has them. */
export type Payload = Record<string, unknown>

/** A text to be stored, with the fields that travel beside it. */
export interface Document {
  /** What the input called it, or null where it had no id. */
  readonly id: string | number | null
  readonly text: string
  /** Every field of the input; the pipeline adds the text as `document`. */
  readonly payload: Payload
}

/** Fields that offgrid writes into a point's payload; they win over fields of the input with the same names. */
export const STORED_FIELDS = {
  /** The text that was embedded. */
  text: 'document',
  /** Of a chunk: its document's id, else the id that the document's point would have. */
  documentId: 'document_id',
  /** Number of the chunk, from 0. */
  chunk: 'chunk',
  /** Chunks of the document. */
  chunks: 'chunks',
  /** Where the chunk stands in the document's text, in UTF-16 units; the end is exclusive. */
  start: 'chunk_start',
  end: 'chunk_end',
} as const

/** Namespace of the UUIDv5 of documents whose own id is neither a UUID nor an unsigned integer. */
export const DOCUMENT_NAMESPACE = '6f2d1c5e-8a0b-5d4f-9c3e-0ff62d000001'

/** Whether a document may have a value as its id: null where it has none. */
export function isDocumentId(value: unknown): value is Document['id'] {
  return value === null || (typeof value === 'string' && value !== '') || Number.isFinite(value)
}

/**
 * The id of a document's point, the same in every run: the document's own id where Qdrant takes it
 * (a UUID in any of its spellings), else the UUIDv5 of that id. Where there is none it is the UUIDv5 of the text, and of the other fields where the payload has some:
 * documents of one text with different fields are different documents. A chunk's is the UUIDv5 of that point id, `#` and the chunk's number,
 * so that two documents share chunks only if they would share a point.
 * @param chunk number of the chunk, from 0
 * @throws InputError `INVALID_DOCUMENT` for an id that is neither a string with characters nor a number, or a text that is no string; `INVALID_OPTION`
 * @example pointId({ id: 7, text: 'a' }) // 7
 */
export function pointId(
  document: Pick<Document, 'id' | 'text'> & Partial<Pick<Document, 'payload'>>,
  chunk?: number,
): PointId {
  requireObject('pointId', 'document', document)
  // JavaScript callers leave out an id that they do not have
  const { id = null, text, payload } = document
  if (!isDocumentId(id) || typeof text !== 'string') {
    throw new InputError(
      'INVALID_DOCUMENT',
      `pointId: expected an id (a string that is not empty, a number or null) and a text, got ${shown(id)} and ${shown(text)}.`,
    )
  }
  if (chunk !== undefined && !(Number.isSafeInteger(chunk) && chunk >= 0)) {
    throw invalidOption('pointId', 'chunk', 'a whole number from 0 on', chunk)
  }
  if (chunk !== undefined) return documentUuid(`${pointId(document)}#${chunk}`)
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id
  const uuid = typeof id === 'string' ? parseUuid(id) : null
  if (uuid !== null) return uuid
  return documentUuid(id === null ? contentOf(text, payload ?? {}) : String(id))
}

/** The UUIDv5 of a name in {@link DOCUMENT_NAMESPACE}. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.5 */
function documentUuid(name: string): string {
  const namespace = Buffer.from(DOCUMENT_NAMESPACE.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return parseUuid(bytes.toString('hex'))!
}

/** What tells documents without an id apart: the text alone where no field says more than it. */
function contentOf(text: string, payload: Payload): string {
  const fields = Object.entries(payload).filter(([name, value]) => value !== undefined && name !== STORED_FIELDS.text)
  // the one field that is the text; where several are, none of them is known to be it
  const repeating = fields.filter(([, value]) => value === text)
  const others = repeating.length === 1 ? fields.filter(([, value]) => value !== text) : fields
  return others.length === 0 ? text : `${text}\0${sortedJson(Object.fromEntries(others))}`
}

/** JSON that is the same whatever the order of the fields. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner)
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
