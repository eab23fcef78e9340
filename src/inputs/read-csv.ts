import { type ByteWindow, NEWLINE } from './byte-window.js'
import type { DocumentMapper } from './document-mapper.js'
import {
  BATCH_BYTES,
  BATCH_RECORDS,
  type InputRecord,
  type Place,
  type RejectedRecord,
  rejectRecord,
} from './input-record.js'
import { type CsvStep, parseCsvRecord } from './parse-csv-record.js'
import type { LineReaderOptions } from './read-jsonl.js'
import { rejectInvalidUtf8 } from './reject-invalid-utf8.js'

export interface CsvReaderOptions extends LineReaderOptions {
  readonly delimiter: ',' | '\t'
}

/**
 * Reads CSV or TSV by RFC 4180: the first record names the columns, every value is a string, empty lines count but give nothing.
 * After a record whose quotes are broken, reading goes on with the line after the broken field's first line.
 */
export async function* readCsv(window: ByteWindow, options: CsvReaderOptions): AsyncGenerator<InputRecord[]> {
  const { mapper } = options
  const reader = new CsvReader(window, options)
  await window.skipByteOrderMark()
  let header = await reader.next()
  while (header !== null && 'fields' in header && isEmptyLine(header.fields)) header = await reader.next()
  if (header === null) {
    if (window.failure !== null) yield [rejectRecord(reader.place, window.failure.code, window.failure.reason)]
    return
  }
  if (!('fields' in header)) {
    yield [header]
    return
  }
  const columns = nameColumns(header.fields)
  const rejection = mapper.rejectColumns(columns, header.place)
  if (rejection !== null) {
    yield [rejection]
    return
  }
  let batch: InputRecord[] = []
  let batchStart = window.offset
  for (let row = await reader.next(); row !== null; row = await reader.next()) {
    if (!('fields' in row)) batch.push(row)
    else if (!isEmptyLine(row.fields)) batch.push(toRecord(columns, row.fields, row.place, mapper))
    if (batch.length >= BATCH_RECORDS || window.offset - batchStart >= BATCH_BYTES) {
      if (batch.length > 0) yield batch
      batch = []
      batchStart = window.offset
    }
  }
  if (window.failure !== null) {
    batch.push(rejectRecord(reader.place, window.failure.code, window.failure.reason))
  }
  if (batch.length > 0) yield batch
}

function toRecord(columns: readonly string[], fields: string[], place: Place, mapper: DocumentMapper): InputRecord {
  if (fields.length !== columns.length) {
    const reason = `Expected ${columns.length} columns as in the header, got ${fields.length}; check the quotes and delimiters.`
    return rejectRecord(place, 'WRONG_COLUMN_COUNT', reason)
  }
  const record = Object.fromEntries(columns.map((name, i) => [name, fields[i]]))
  return mapper.map(record, place, undefined, true)
}

/** Steps through the records of a window, with the line and byte offset of each. */
class CsvReader {
  readonly #window: ByteWindow
  readonly #options: CsvReaderOptions
  readonly #delimiter: number
  #line = 1

  constructor(window: ByteWindow, options: CsvReaderOptions) {
    this.#window = window
    this.#options = options
    this.#delimiter = options.delimiter.charCodeAt(0)
  }

  /** Where the next record begins. */
  get place(): Place {
    return { file: this.#options.file, line: this.#line, byteOffset: this.#window.offset }
  }

  /** The next record's fields, or its rejection; null at the end. */
  async next(): Promise<{ fields: string[]; place: Place } | InputRecord | null> {
    const window = this.#window
    const { maxLineBytes } = this.#options
    for (;;) {
      // The end of a broken input is not the end of a record.
      const isEnd = window.ended && window.failure === null
      if (window.bytes.length === 0 && window.ended) return null
      const step: CsvStep =
        window.bytes.length === 0
          ? { kind: 'unfinished', openQuote: -1 }
          : parseCsvRecord(window.bytes, 0, this.#delimiter, isEnd)
      if (step.kind === 'record') {
        if (step.end <= maxLineBytes) return this.#take(step.fields, step.end)
        const rejection = this.#tooLong()
        this.#consume(step.end)
        return rejection
      }
      if (step.kind === 'broken') {
        const got = JSON.stringify(String.fromCharCode(step.byte))
        const reason = `Expected the delimiter or the end of the line after a closing quote, got ${got}; write a quote inside a field twice.`
        return await this.#skip('BROKEN_QUOTES', reason, step.openQuote)
      }
      if (window.bytes.length > maxLineBytes) {
        const { code, reason } = this.#tooLong()
        return await this.#skip(code, reason, Math.max(0, step.openQuote))
      }
      if (window.ended) {
        if (!isEnd) {
          window.consume(window.bytes.length)
          return null
        }
        const reason = 'Expected a closing quote, got the end of the file; reading went on with the next line.'
        return await this.#skip('BROKEN_QUOTES', reason, step.openQuote)
      }
      await window.grow()
    }
  }

  #take(fields: string[], bytes: number): { fields: string[]; place: Place } | InputRecord {
    const { place } = this
    const raw = this.#window.bytes.subarray(0, bytes)
    this.#consume(bytes)
    return rejectInvalidUtf8(raw, place) ?? { fields, place }
  }

  #tooLong(): RejectedRecord {
    const reason = `Expected a record of at most ${this.#options.maxLineBytes} bytes, got a longer one; a quote may not be closed.`
    return rejectRecord(this.place, 'LINE_TOO_LONG', reason)
  }

  /** Rejects the record and consumes to the end of the line on which `from` stands. */
  async #skip(code: string, reason: string, from: number): Promise<InputRecord> {
    const { place } = this
    this.#consume(from)
    await this.#window.skipLine()
    this.#line++
    return rejectRecord(place, code, reason)
  }

  #consume(bytes: number): void {
    const consumed = this.#window.bytes.subarray(0, bytes)
    for (let at = consumed.indexOf(NEWLINE); at >= 0; at = consumed.indexOf(NEWLINE, at + 1)) this.#line++
    this.#window.consume(bytes)
  }
}

function isEmptyLine(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0] === ''
}

/** Column names, each once: an empty one becomes `column_3`, a second `text` becomes `text_2`. */
function nameColumns(header: readonly string[]): string[] {
  const names = new Set<string>()
  /** The number that the next column of a name gets: a header of a million equal names is no search for a free one. */
  const numbers = new Map<string, number>()
  for (const [i, field] of header.entries()) {
    const base = field.trim() === '' ? `column_${i + 1}` : field.trim()
    let name = base
    for (let n = numbers.get(base) ?? 2; names.has(name); n++) {
      name = `${base}_${n}`
      numbers.set(base, n + 1)
    }
    names.add(name)
  }
  return [...names]
}
