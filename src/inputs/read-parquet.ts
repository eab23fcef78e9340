import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import zlib from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet'
import type { DocumentMapper } from './document-mapper.js'
import { BATCH_RECORDS, type InputRecord, type Place, rejectRecord } from './input-record.js'
import { guardSlices, toAsyncBuffer } from './parquet-file.js'

/** Rows of a row group that are read at once; a larger number in a footer is a broken one or a file that does not fit in memory. */
const MAX_ROW_GROUP_ROWS = 20_000_000

/** Stands in for a string that is not UTF-8, so that only its row is rejected. */
class InvalidText {}

const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : (decodeText(bytes) ?? new InvalidText()),
  jsonFromBytes: (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : parseJson(bytes)),
}

/** What hyparquet does not bring along and Node has; a codec that neither has is named in the rejection. */
const COMPRESSORS: Compressors = {
  GZIP: (input, sizeBytes) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, sizeBytes) }),
  BROTLI: (input, sizeBytes) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, sizeBytes) }),
}
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array, options: object) => Buffer }
if (zstdDecompressSync !== undefined) {
  COMPRESSORS.ZSTD = (input, sizeBytes) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, sizeBytes) })
}

/** Reads a Parquet file, one row group in memory at a time; a row group that cannot be read is one rejection. */
export async function* readParquet(path: string, mapper: DocumentMapper): AsyncGenerator<InputRecord[]> {
  const handle = await open(path, 'r').catch((error: Error) => error)
  if (handle instanceof Error) {
    yield [rejectRecord({ file: path }, 'READ_FAILED', `Expected a file that can be read: ${handle.message}.`)]
    return
  }
  try {
    const file = await toAsyncBuffer(handle)
    yield* readRowGroups(path, file, mapper)
  } finally {
    await handle.close()
  }
}

async function* readRowGroups(path: string, file: AsyncBuffer, mapper: DocumentMapper): AsyncGenerator<InputRecord[]> {
  let metadata: FileMetaData
  let columns: string[]
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false })
    columns = checkFooter(metadata)
  } catch (error) {
    yield [invalidParquet({ file: path }, 'a whole Parquet file', error)]
    return
  }
  const rejection = mapper.rejectColumns(columns, { file: path })
  if (rejection !== null) {
    yield [rejection]
    return
  }
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    const place = { file: path, row: rowStart + 1 }
    let rows: Record<string, unknown>[]
    try {
      rows = await readRows(file, metadata, rowStart, rowEnd)
    } catch (error) {
      yield [invalidParquet(place, `rows ${rowStart + 1} to ${rowEnd}`, error)]
      rowStart = rowEnd
      continue
    }
    for (let from = 0; from < rows.length; from += BATCH_RECORDS) {
      const batch = rows.slice(from, from + BATCH_RECORDS)
      yield batch.map((row, i) => toRecord(row, { file: path, row: rowStart + from + i + 1 }, mapper))
    }
    rowStart = rowEnd
  }
}

/** The top-level columns of a file whose footer agrees with itself: hyparquet would fill rows that are not there with nulls. */
function checkFooter(metadata: FileMetaData): string[] {
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  if (rows !== Number(metadata.num_rows)) throw new Error(`${metadata.num_rows} rows, but ${rows} in its row groups`)
  const names = parquetSchema(metadata).children.map((child) => child.element.name)
  if (names.some((name) => typeof name !== 'string')) throw new Error('a column without a name')
  return names
}

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  if (!(rowEnd >= rowStart && rowEnd - rowStart <= MAX_ROW_GROUP_ROWS)) {
    throw new Error(`a row group of ${rowEnd - rowStart} rows, where at most ${MAX_ROW_GROUP_ROWS} are read`)
  }
  if (rowEnd === rowStart) return []
  const guarded = guardSlices(file)
  try {
    const rows = await parquetReadObjects({
      file: guarded.file,
      metadata,
      rowStart,
      rowEnd,
      utf8: false, // columns that are not marked as text are left to toPlain
      geoparquet: false,
      compressors: COMPRESSORS,
      parsers: PARSERS,
    })
    if (rows.length !== rowEnd - rowStart) throw new Error(`${rows.length} rows in place of ${rowEnd - rowStart}`)
    return rows
  } finally {
    guarded.abandon()
  }
}

function toRecord(row: Record<string, unknown>, place: Place, mapper: DocumentMapper): InputRecord {
  const record: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(row)) {
    const plain = toPlain(value)
    if (plain instanceof InvalidText) {
      return rejectRecord(place, 'INVALID_UTF8', `Expected UTF-8 in the column "${name}", got other bytes.`)
    }
    record[name] = plain
  }
  return mapper.map(record, place)
}

/** A value as JSON has it: integers that float64 cannot hold as decimal strings, times in ISO 8601, bytes as text or else base64. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return value ?? null
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return decodeText(value) ?? Buffer.from(value).toString('base64')
  if (value instanceof InvalidText) return value
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>, toPlain)
    return items.find((item) => item instanceof InvalidText) ?? items
  }
  const entries = Object.entries(value).map(([name, inner]) => [name, toPlain(inner)] as const)
  return entries.find(([, inner]) => inner instanceof InvalidText)?.[1] ?? Object.fromEntries(entries)
}

function decodeText(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : null
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes)
  if (text === null) return new InvalidText()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function invalidParquet(place: Place, expected: string, error: unknown): InputRecord {
  const got = (error instanceof Error ? error.message : String(error)).slice(0, 200)
  return rejectRecord(
    place,
    'INVALID_PARQUET',
    `Expected ${expected}, got an error: ${got}; write the file again, with a codec such as Snappy or gzip.`,
  )
}
