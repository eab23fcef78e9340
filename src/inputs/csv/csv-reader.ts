import { WHOLE } from '../byte-span.js'
import type { ByteWindow } from '../byte-window.js'
import { type Place, type RejectedRecord, rejectRecord } from '../input-record.js'
import type { LineOptions } from '../read-lines.js'
import { rejectInvalidUtf8 } from '../reject-invalid-utf8.js'
import { type CsvSigns, type CsvStep, parseCsvRecord } from './parse-csv-record.js'

/** Steps through the records of a window, with the line and byte offset of each. */
export class CsvReader {
  readonly #window: ByteWindow
  readonly #options: LineOptions
  readonly #signs: CsvSigns
  readonly #to: number
  #line: number

  constructor(window: ByteWindow, options: LineOptions, signs: CsvSigns) {
    this.#window = window
    this.#options = options
    this.#signs = signs
    const { to, line } = options.span ?? WHOLE
    this.#to = to ?? Number.POSITIVE_INFINITY
    this.#line = line
  }

  /** Where the next record begins. */
  get place(): Place {
    return { file: this.#options.file, line: this.#line, byteOffset: this.#window.offset }
  }

  /** Whether all of the file was read, and not only a span of it. */
  get isAtEnd(): boolean {
    return this.#window.offset < this.#to
  }

  /** Passes over bytes at the beginning that are no record. */
  skip(bytes: number): void {
    this.#consume(bytes)
  }

  /** The next record's fields, or its rejection; null at the end. */
  async next(): Promise<{ fields: string[]; place: Place } | RejectedRecord | null> {
    const window = this.#window
    const { maxLineBytes } = this.#options
    if (window.offset >= this.#to) return null
    for (;;) {
      // The end of a broken input is not the end of a record.
      const isEnd = window.ended && window.failure === null
      if (window.bytes.length === 0 && window.ended) return null
      const step: CsvStep =
        window.bytes.length === 0
          ? { kind: 'unfinished', openQuote: -1 }
          : parseCsvRecord(window.bytes, 0, this.#signs, isEnd)
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

  #take(fields: string[], bytes: number): { fields: string[]; place: Place } | RejectedRecord {
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
  async #skip(code: string, reason: string, from: number): Promise<RejectedRecord> {
    const { place } = this
    this.#consume(from)
    await this.#window.skipLine(this.#signs.newline)
    this.#line++
    return rejectRecord(place, code, reason)
  }

  #consume(bytes: number): void {
    const consumed = this.#window.bytes.subarray(0, bytes)
    const { newline } = this.#signs
    for (let at = consumed.indexOf(newline); at >= 0; at = consumed.indexOf(newline, at + 1)) this.#line++
    this.#window.consume(bytes)
  }
}

export function isEmptyLine(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0] === ''
}
