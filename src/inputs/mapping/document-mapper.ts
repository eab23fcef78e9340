/// <reference lib="es2024.string" />

import type { InputNotice } from '../input-notice.js'
import { type InputRecord, type Place, type RejectedRecord, rejectRecord } from '../input-record.js'
import { type DocumentMapping, ID_FIELDS } from './document-mapping.js'
import { exactNumber } from './exact-number.js'
import type { FieldWatch } from './field-watch.js'
import { type FoundField, findField, firstField } from './find-field.js'
import { likeliestFields, listFields, quoteField } from './likely-fields.js'
import { keepFields } from './payload-fields.js'
import { describeValue, TextRule } from './text-rule.js'

/** Nesting of a payload; Qdrant's JSON reader ends at 128 levels, a few of which are the request's own. */
const MAX_PAYLOAD_DEPTH = 100

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/
/** Any escape of a JSON text that JSON.stringify wrote; there a surrogate is escaped only when it stands alone. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g
const UNSIGNED_INTEGER = /^(?:0|[1-9]\d{0,15})$/

export interface DocumentMapperOptions extends DocumentMapping {
  /** Longest text in UTF-8 bytes. */
  readonly maxTextBytes: number
  /** Is shown each record, and the columns of a table. */
  readonly watch?: FieldWatch | undefined
}

/** A record of CSV before its values were typed: the text and the id are read as they are written. */
export type Cells = Readonly<Record<string, string>>

/** A field's value or why there is none. */
type Found<T> = { readonly value: T } | { readonly code: string; readonly reason: string }

/** Makes documents of parsed records: picks the text and the id, keeps the other fields as payload. */
export class DocumentMapper {
  readonly #options: DocumentMapperOptions
  readonly #text: TextRule

  constructor(options: DocumentMapperOptions) {
    this.#options = options
    this.#text = new TextRule(options)
  }

  /**
   * Why no record with just these fields can give a document, or null: one rejection in place of one per row.
   * @param sample a record, by which it is told which column was probably meant
   */
  rejectColumns(columns: readonly string[], place: Place, sample?: Cells): RejectedRecord | null {
    this.#options.watch?.seeColumns(columns)
    const missing = this.#text.missingColumn(columns)
    if (missing !== null)
      return rejectRecord(place, 'MISSING_TEXT', this.#text.explainMissing(columns, sample, missing))
    const { id } = this.#options
    const names = Object.fromEntries(columns.map((name) => [name, null]))
    if (id !== undefined && findField(names, id) === null && findField(names, id.split('.')[0]!) === null)
      return rejectRecord(place, 'MISSING_ID', this.#missingId(id, columns))
    return null
  }

  /** What is to be known of a file without a column for the id, or null. */
  noticeOfIds(columns: readonly string[], file: string): InputNotice | null {
    const names = Object.fromEntries(columns.map((name) => [name, null]))
    if (this.#options.id !== undefined || firstField(names, ID_FIELDS) !== null) return null
    const message = `no column ${ID_FIELDS.join(', ')}: a document is known by its text and fields (--id FIELD names another column)`
    return { kind: 'no-id', file, message }
  }

  /** Whether one of a file's first fields is a name that is looked for, and not a value. */
  isHeader(fields: readonly string[]): boolean {
    const names = Object.fromEntries(fields.map((name) => [name.trim(), null]))
    const { title = 'title', id } = this.#options
    const wanted = [...this.#text.named, title, ...(id === undefined ? ID_FIELDS : [id])]
    return (
      this.#text.missingColumn(Object.keys(names)) === null || wanted.some((path) => findField(names, path) !== null)
    )
  }

  /** Fields that were named by the number of their column, as where a file has no header line. */
  get namesNumberedColumns(): boolean {
    const { id } = this.#options
    return [...this.#text.named, ...(id === undefined ? [] : [id])].some((path) => /^column_\d+$/i.test(path))
  }

  /** Whether a record has what its text is made of. */
  hasText(record: object): boolean {
    return !Array.isArray(record) && 'text' in this.#text.find(record as Record<string, unknown>)
  }

  /**
   * The document of a record, or its rejection.
   * @param source the JSON text that `record` was parsed from: numbers too long for float64 and lone surrogates are settled there
   * @param cells of CSV: what `record` was before its values were typed; an id of plain digits is then a number, as it would be in JSON
   */
  map(record: unknown, place: Place, source?: string, cells?: Cells): InputRecord {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return rejectRecord(place, 'NOT_AN_OBJECT', `Expected a JSON object, got ${describeValue(record)}.`)
    }
    this.#options.watch?.seeRecord(record)
    if (isDeeperThan(record, MAX_PAYLOAD_DEPTH)) {
      return rejectRecord(place, 'TOO_DEEP', `Expected at most ${MAX_PAYLOAD_DEPTH} levels of nesting, got more.`)
    }
    const id = this.#findId(cells ?? record, source, cells !== undefined)
    if (!('value' in id)) return rejectRecord(place, id.code, id.reason)
    // of a cell `1.0` the payload must not make another id than it is
    const idPath = cells === undefined || typeof id.value !== 'string' ? null : this.#idField(cells)
    const idCell = idPath === null ? null : findField(record, idPath)
    if (idCell !== null) idCell.owner[idCell.name] = id.value
    const isEscaped = source?.includes('\\u') && SURROGATE_ESCAPE.test(source)
    const whole = (isEscaped ? replaceLoneSurrogates(record) : record) as Record<string, unknown>
    const found = this.#text.find(cells ?? whole)
    if (!('text' in found)) return rejectRecord(place, found.code, found.reason)
    const text = checkText(found.text, this.#options.maxTextBytes, found.where)
    if (!('value' in text)) return rejectRecord(place, text.code, text.reason)
    const payload = keepFields(whole, this.#options, this.#idField(whole), found)
    return { kind: 'document', document: { id: id.value, text: text.value, payload }, place }
  }

  #idField(record: object): string | null {
    return this.#options.id ?? firstField(record, ID_FIELDS, isGiven)
  }

  #findId(record: object, source: string | undefined, untyped: boolean): Found<string | number | null> {
    const named = this.#options.id
    if (named === undefined) {
      const name = firstField(record, ID_FIELDS, isGiven)
      const empty = name === null && !untyped ? firstField(record, ID_FIELDS, (value) => value === '') : null
      if (empty !== null) return emptyId(empty)
      if (name === null) return { value: null }
      return toId({ owner: record as Record<string, unknown>, name }, name, source, untyped)
    }
    const field = findField(record, named)
    if (field === null) return { code: 'MISSING_ID', reason: this.#missingId(named, Object.keys(record)) }
    return toId(field, named, source, untyped)
  }

  #missingId(named: string, fields: readonly string[]): string {
    const ranked = likeliestFields(fields, 'id', named)
    const nearest = ranked.find((field) => !this.#text.isText(field))
    const hint = `name the id field: --id ${nearest === undefined ? 'FIELD' : quoteField(nearest)}`
    return `Expected the id in the field "${named}", got ${listFields(ranked)}; ${hint}.`
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

function isGiven(value: unknown): boolean {
  return value !== null && value !== ''
}

function toId(
  { owner, name }: FoundField,
  path: string,
  source: string | undefined,
  untyped: boolean,
): Found<string | number | null> {
  const value = owner[name]
  if (value === null || (value === '' && untyped)) return { value: null }
  if (value === '') return emptyId(path)
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
    reason: `Expected a string or a number in the id field "${path}", got ${describeValue(value)}.`,
  }
}

/** A cell of CSV is nothing when it is empty; a string is somebody's idea of an id, and the same for all who have it. */
function emptyId(path: string): Found<never> {
  return {
    code: 'INVALID_ID',
    reason: `Expected an id in the field "${path}", got an empty string; null stands for none.`,
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
