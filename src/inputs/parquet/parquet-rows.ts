import { WorkerError } from '../../errors.js'
import { type Place, type RejectedRecord, rejectRecord } from '../input-record.js'
import type { ParquetFooter, ParquetRow } from './parquet-table.js'
import { type ParquetThread, ParquetThreadFailure } from './parquet-thread.js'

/** A row with its place, or why it or its whole row group cannot be read. */
export type PlacedRow = { readonly values: Readonly<Record<string, unknown>>; readonly place: Place } | RejectedRecord

/** A file's footer and its rows; `rows` is to be read to its end, or left, before the thread does anything else. */
export interface ParquetRows {
  readonly footer: ParquetFooter
  readonly rows: AsyncGenerator<PlacedRow[]>
}

/** Row groups from `from` to before `to`, counted from 0. */
export interface RowGroupSpan {
  readonly from: number
  readonly to: number
}

/** Opens a Parquet file in the thread, or tells why not. @param groups @default all */
export async function openParquetRows(
  path: string,
  thread: ParquetThread,
  groups?: RowGroupSpan,
): Promise<ParquetRows | RejectedRecord> {
  try {
    const { footer } = await thread.run({ op: 'open', path })
    return { footer: footer!, rows: readRowGroups(path, footer!, thread, groups) }
  } catch (error) {
    if (error instanceof WorkerError) throw error
    return invalidParquet({ file: path }, 'a whole Parquet file', error)
  }
}

async function* readRowGroups(
  path: string,
  { rowGroups }: ParquetFooter,
  thread: ParquetThread,
  { from, to }: RowGroupSpan = { from: 0, to: rowGroups.length },
): AsyncGenerator<PlacedRow[]> {
  let rowStart = rowGroups.slice(0, from).reduce((sum, rows) => sum + rows, 0)
  let isOpen = true
  for (let index = from; index < Math.min(to, rowGroups.length); index++) {
    const count = rowGroups[index]!
    let taken = 0
    try {
      if (!isOpen) await thread.run({ op: 'open', path })
      isOpen = true
      await thread.run({ op: 'group', index })
      for (let rows = await takeRows(thread); rows.length > 0; rows = await takeRows(thread)) {
        yield rows.map((row, i) => placed(row, { file: path, row: rowStart + taken + i + 1 }))
        taken += rows.length
      }
    } catch (error) {
      if (error instanceof WorkerError) throw error
      if (error instanceof ParquetThreadFailure) isOpen = false
      const [first, last] = [rowStart + taken + 1, rowStart + count]
      yield [invalidParquet({ file: path, row: first }, `rows ${first} to ${last}`, error)]
    }
    rowStart += count
  }
  if (isOpen) await thread.run({ op: 'close' })
}

async function takeRows(thread: ParquetThread): Promise<readonly ParquetRow[]> {
  return (await thread.run({ op: 'rows' })).rows!
}

function placed(row: ParquetRow, place: Place): PlacedRow {
  if ('values' in row) return { values: row.values, place }
  return rejectRecord(place, 'INVALID_UTF8', `Expected UTF-8 in the column "${row.invalidText}", got other bytes.`)
}

function invalidParquet(place: Place, expected: string, error: unknown): RejectedRecord {
  const got = (error instanceof Error ? error.message : String(error)).slice(0, 200)
  const todo = /\bencrypted\b/.test(got)
    ? 'decrypt it where its key is, or write it without encryption'
    : error instanceof ParquetThreadFailure
      ? 'the file may be damaged; write it again, with smaller row groups if it is whole'
      : 'write the file again, with a codec such as Snappy or gzip'
  return rejectRecord(place, 'INVALID_PARQUET', `Expected ${expected}, got an error: ${got}; ${todo}.`)
}
