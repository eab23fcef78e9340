/// <reference lib="es2024.string" />
import { exactNumber } from './exact-number.js'
import { type FoundField, fieldValue, findField } from './find-field.js'
import { type InputRecord, type Place, rejectRecord } from './input-record.js'

/** Where the text is looked for when no field is named. */
export const TEXT_FIELDS = ['text', 'passage_text', 'document', 'content', 'body'] as const
/** Where the id is looked for when no field is named. */
export const ID_FIELDS = ['id', '_id', 'qa_id'] as const
/** Nesting of a payload; Qdrant's JSON reader ends at 128 levels, a few of which are the request's own. */
export const MAX_DEPTH = 100

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/
/** Any escape of a JSON text that JSON.stringify wrote; there a surrogate is escaped only when it stands alone. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g
const UNSIGNED_INTEGER = /^(?:0|[1-9]\d{0,15})$/

export interface DocumentMapperOptions {
  /** Path of the text field. */
  readonly text?: string | undefined
  /** Path of the id field. */
  readonly id?: string | undefined
  /** Longest text in UTF-8 bytes. */
  readonly maxTextBytes: number
}

/** A field's value or why there is none. */
type Found<T> = { readonly value: T } | { readonly code: string; readonly reason: string }

/** Makes documents of parsed records: picks the text and the id, keeps every field as payload. */
export class DocumentMapper {
  readonly #options: DocumentMapperOptions

  constructor(options: DocumentMapperOptions) {
    this.#options = options
  }

  /** Why no record with just these fields can give a document, or null: one rejection in place of one per row. */
  rejectColumns(columns: readonly string[], place: Place): InputRecord | null {
    const names = new Set(columns)
    const has = (path: string): boolean => names.has(path) || names.has(path.split('.')[0]!)
    const { text, id } = this.#options
    if (text === undefined ? !TEXT_FIELDS.some((field) => names.has(field)) : !has(text)) {
      return rejectRecord(place, 'MISSING_TEXT', missingText(text, columns))
    }
    if (id !== undefined && !has(id)) return rejectRecord(place, 'MISSING_ID', missingId(id, columns))
    return null
  }

  /**
   * The document of a record, or its rejection.
   * @param source the JSON text that `record` was parsed from: numbers too long for float64 and lone surrogates are settled there
   * @param untyped true where every value is a string (CSV): an id of plain digits is then a number, as it would be in JSON
   */
  map(record: unknown, place: Place, source?: string, untyped = false): InputRecord {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return rejectRecord(place, 'NOT_AN_OBJECT', `Expected a JSON object, got ${describe(record)}.`)
    }
    if (isDeeperThan(record, MAX_DEPTH)) {
      return rejectRecord(place, 'TOO_DEEP', `Expected at most ${MAX_DEPTH} levels of nesting, got more.`)
    }
    const id = this.#findId(record, source, untyped)
    if (!('value' in id)) return rejectRecord(place, id.code, id.reason)
    const isEscaped = source?.includes('\\u') && SURROGATE_ESCAPE.test(source)
    const payload = (isEscaped ? replaceLoneSurrogates(record) : record) as Record<string, unknown>
    const text = this.#findText(payload)
    if (!('value' in text)) return rejectRecord(place, text.code, text.reason)
    return { kind: 'document', document: { id: id.value, text: text.value, payload }, place }
  }

  #findText(record: Record<string, unknown>): Found<string> {
    const named = this.#options.text
    let field = named
    let value: unknown
    if (named !== undefined) value = fieldValue(record, named)
    else {
      field = TEXT_FIELDS.find((name) => Object.hasOwn(record, name) && record[name] !== null)
      field ??= TEXT_FIELDS.find((name) => Object.hasOwn(record, name))
      value = field === undefined ? undefined : record[field]
    }
    if (value === undefined) return { code: 'MISSING_TEXT', reason: missingText(named, Object.keys(record)) }
    if (value === null) return { code: 'NO_TEXT', reason: `Expected text in the field "${field}", got null.` }
    if (typeof value !== 'string') {
      return { code: 'TEXT_NOT_STRING', reason: `Expected a string in the field "${field}", got ${describe(value)}.` }
    }
    const title = field !== 'title' && Object.hasOwn(record, 'title') ? record.title : undefined
    const hasTitle = typeof title === 'string' && title.trim() !== ''
    const text = hasTitle ? (value === '' ? title : `${title} ${value}`) : value
    return checkText(text, this.#options.maxTextBytes, `the field "${field}"`)
  }

  #findId(record: object, source: string | undefined, untyped: boolean): Found<string | number | null> {
    const named = this.#options.id
    if (named === undefined) {
      for (const field of ID_FIELDS) {
        const value = Object.hasOwn(record, field) ? (record as Record<string, unknown>)[field] : null
        if (value !== null && value !== '')
          return toId({ owner: record as Record<string, unknown>, name: field }, field, source, untyped)
      }
      return { value: null }
    }
    const field = findField(record, named)
    if (field === null) return { code: 'MISSING_ID', reason: missingId(named, Object.keys(record)) }
    return toId(field, named, source, untyped)
  }
}

/** The text, or its rejection as `NO_TEXT` or `TEXT_TOO_LONG`. */
export function checkText(text: string, maxTextBytes: number, where: string): Found<string> {
  if (text.trim() === '')
    return {
      code: 'NO_TEXT',
      reason: `Expected text in ${where}, got ${text === '' ? 'an empty string' : 'only white space'}.`,
    }
  // A UTF-16 unit is at most 3 bytes of UTF-8: short texts need no count.
  if (text.length * 3 > maxTextBytes) {
    const bytes = Buffer.byteLength(text)
    if (bytes > maxTextBytes) {
      return {
        code: 'TEXT_TOO_LONG',
        reason: `Expected at most ${maxTextBytes} bytes of text in ${where}, got ${bytes}; split it into shorter documents.`,
      }
    }
  }
  return { value: text }
}

function toId(
  { owner, name }: FoundField,
  path: string,
  source: string | undefined,
  untyped: boolean,
): Found<string | number | null> {
  const value = owner[name]
  if (value === null || value === '') return { value: null }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) {
      return { code: 'INVALID_ID', reason: `Expected Unicode text in the id field "${path}", got a lone surrogate.` }
    }
    if (untyped && UNSIGNED_INTEGER.test(value) && Number.isSafeInteger(Number(value))) return { value: Number(value) }
    return { value }
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return { value: value + 0 } // −0 becomes 0
    // The digits as written: what float64 cannot tell apart stays two ids, in the payload, too.
    const digits = source === undefined ? String(value) : exactNumber(source, path)
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) owner[name] = digits
    return { value: digits }
  }
  return {
    code: 'INVALID_ID',
    reason: `Expected a string or a number in the id field "${path}", got ${describe(value)}.`,
  }
}

function replaceLoneSurrogates(record: object): unknown {
  return JSON.parse(JSON.stringify(record).replace(ESCAPE, (found) => (found.length > 2 ? '\ufffd' : found)))
}

function isDeeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key]
    if (typeof inner === 'object' && inner !== null && isDeeperThan(inner, levels - 1)) return true
  }
  return false
}

function missingText(named: string | undefined, fields: readonly string[]): string {
  const expected = named === undefined ? `one of ${TEXT_FIELDS.join(', ')}` : `"${named}"`
  return `Expected the text in the field ${expected}, got ${listFields(fields)}; name the text field.`
}

function missingId(named: string, fields: readonly string[]): string {
  return `Expected the id in the field "${named}", got ${listFields(fields)}.`
}

function listFields(fields: readonly string[]): string {
  if (fields.length === 0) return 'no fields'
  const shown = fields.slice(0, 20).map((field) => (field.length > 60 ? `${field.slice(0, 60)}…` : field))
  return `the fields ${shown.join(', ')}${fields.length > 20 ? `, … (${fields.length} in all)` : ''}`
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
