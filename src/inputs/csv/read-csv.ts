import type { ByteWindow } from '../byte-window.js'
import {
  BATCH_BYTES,
  BATCH_RECORDS,
  type InputRecord,
  type Place,
  type RejectedRecord,
  rejectRecord,
} from '../input-record.js'
import type { LineReaderOptions } from '../json/read-jsonl.js'
import { CsvColumns, type CsvColumnsOptions, nameColumns } from './csv-columns.js'
import { findCsvSigns, nameOfDelimiter, readSample, readSeparatorLine } from './csv-dialect.js'
import { CsvReader, isEmptyLine } from './csv-reader.js'
import { CARRIAGE_RETURN, type CsvSigns } from './parse-csv-record.js'

export interface CsvReaderOptions extends LineReaderOptions, CsvColumnsOptions {
  /** One ASCII character. @default found out by the first records, `usual` where they do not tell */
  readonly delimiter?: string | undefined
  /** @default , */
  readonly usual?: ',' | '\t'
}

/** By so much of a file it is found out how it is written and of what type its columns are. */
const SAMPLE_BYTES = 1024 * 1024
const SAMPLE_RECORDS = 20_000

/** What the beginning of a file says of all of it. */
export interface OpenedCsv {
  readonly signs: CsvSigns
  readonly columns: CsvColumns
  /** Stands behind the header, or at the first record where there is none. */
  readonly reader: CsvReader
  /** The first record, where it is no header. */
  readonly first: { readonly fields: string[]; readonly place: Place } | null
}

/**
 * Reads CSV or TSV by RFC 4180, with whatever delimiter and line ends: the first record names the columns unless it holds values itself,
 * numbers, booleans and null are told from text, empty lines count but give nothing.
 * After a record whose quotes are broken, reading goes on with the line after the broken field's first line.
 * @param window stands at the beginning of the file
 * @param rest stands where the span of `options` begins, if that is not the beginning
 */
export async function* readCsv(
  window: ByteWindow,
  options: CsvReaderOptions,
  rest?: ByteWindow,
): AsyncGenerator<InputRecord[]> {
  const opened = await openCsv(window, rest === undefined ? options : { ...options, span: undefined })
  if (opened === null) return
  if ('kind' in opened) {
    yield [opened]
    return
  }
  const { columns, signs, first } = opened
  if (rest !== undefined) yield* readRows(rest, new CsvReader(rest, options, signs), columns, [])
  else
    yield* readRows(window, opened.reader, columns, first === null ? [] : [columns.toRecord(first.fields, first.place)])
}

/** Finds out how a file is written and what its columns are; null where it is empty, or why nothing can be read. */
export async function openCsv(
  window: ByteWindow,
  options: CsvReaderOptions,
): Promise<OpenedCsv | RejectedRecord | null> {
  const { mapper, file, usual = ',' } = options
  await window.skipByteOrderMark()
  await window.fill(SAMPLE_BYTES)
  const separator = readSeparatorLine(window.bytes)
  const sample = window.bytes.subarray(separator?.bytes ?? 0, SAMPLE_BYTES)
  const isWhole = window.ended && window.failure === null && window.bytes.length <= SAMPLE_BYTES
  const signs = findCsvSigns(sample, isWhole, options.delimiter ?? separator?.delimiter ?? null, usual)
  const records = [...take(readSample(sample, signs, isWhole), SAMPLE_RECORDS)]
  const reader = new CsvReader(window, options, signs)
  if (separator !== null) reader.skip(separator.bytes)
  let first = await reader.next()
  while (first !== null && 'fields' in first && isEmptyLine(first.fields)) first = await reader.next()
  if (first === null)
    return window.failure === null ? null : rejectRecord(reader.place, window.failure.code, window.failure.reason)
  if (!('fields' in first)) return first
  const hasHeader = isHeader(first.fields, options)
  const names = nameColumns(hasHeader ? first.fields : first.fields.map(() => ''))
  const columns = new CsvColumns(names, hasHeader ? records.slice(1) : records, options)
  const told = [nameOfDelimiter(signs), ...(signs.newline === CARRIAGE_RETURN ? ['lines that end in CR'] : [])]
  if (!hasHeader) told.push(`no header line (columns ${names[0]} to ${names.at(-1)})`)
  options.onNotice?.({ kind: 'dialect', file, message: `CSV: ${[...told, ...columns.describe()].join(', ')}` })
  const rejection = mapper.rejectColumns(names, first.place, columns.cells(records[hasHeader ? 1 : 0] ?? []))
  if (rejection !== null) return rejection
  const ids = mapper.noticeOfIds(names, file)
  if (ids !== null) options.onNotice?.(ids)
  return { signs, columns, reader, first: hasHeader ? null : first }
}

/** @param batch records that were read before */
async function* readRows(
  window: ByteWindow,
  reader: CsvReader,
  columns: CsvColumns,
  batch: InputRecord[],
): AsyncGenerator<InputRecord[]> {
  let batchStart = window.offset
  for (let row = await reader.next(); row !== null; row = await reader.next()) {
    if (!('fields' in row)) batch.push(row)
    else if (!isEmptyLine(row.fields)) batch.push(columns.toRecord(row.fields, row.place))
    if (batch.length >= BATCH_RECORDS || window.offset - batchStart >= BATCH_BYTES) {
      if (batch.length > 0) yield batch
      batch = []
      batchStart = window.offset
    }
  }
  // a span that ends before the file does has not seen why the file breaks off
  if (window.failure !== null && reader.isAtEnd)
    batch.push(rejectRecord(reader.place, window.failure.code, window.failure.reason))
  if (batch.length > 0) yield batch
}

/** A first record names the columns unless none of its names is looked for and it holds a number, as names do not. */
function isHeader(fields: readonly string[], { mapper }: CsvReaderOptions): boolean {
  if (mapper.isHeader(fields)) return true
  return !mapper.namesNumberedColumns && !fields.some((field) => /^-?\d+(?:[.,]\d+)*$/.test(field.trim()))
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let taken = 0
  for (const item of items) {
    yield item
    if (++taken >= count) return
  }
}
