import { type FileHandle, open } from 'node:fs/promises'
import { getHeapStatistics } from 'node:v8'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet'
import { BATCH_BYTES, BATCH_RECORDS } from '../input-record.js'
import { parquetCodecs } from './parquet-codecs.js'
import { takeDecimals } from './parquet-decimals.js'
import { guardSlices, toAsyncBuffer } from './parquet-file.js'
import { InvalidText, toJsonValue, VALUE_PARSERS } from './parquet-values.js'

/** Rows of a row group that are read at once; a larger number in a footer is a broken one or a file that does not fit in memory. */
const MAX_ROW_GROUP_ROWS = 20_000_000
/** Values of one column of a row group, likewise. V8 ends the process at an array of 2^27 elements. */
const MAX_COLUMN_VALUES = 100_000_000

/** Ends a file whose footer is encrypted. */
const MAGIC = 'PARE'

/** Memory of a row as an object, and of each of its values, beside their text. */
const ROW_BYTES = 24
const VALUE_BYTES = 16

/** What a Parquet file's footer says. */
export interface ParquetFooter {
  /** Names of the top-level columns. */
  readonly columns: readonly string[]
  /** Rows of each row group. */
  readonly rowGroups: readonly number[]
  /** The writer's own entries. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A row in plain JSON values, or the name of its column whose text is not UTF-8. */
export type ParquetRow = { readonly values: Readonly<Record<string, unknown>> } | { readonly invalidText: string }

/** A Parquet file that is open: its footer, and its rows, one row group in memory at a time. */
export class ParquetTable {
  readonly footer: ParquetFooter
  readonly #handle: FileHandle
  readonly #file: AsyncBuffer
  readonly #metadata: FileMetaData
  readonly #revisers: ReturnType<typeof takeDecimals>
  readonly #codecs: Compressors
  readonly #beat: () => void
  #rows: Record<string, unknown>[] = []
  #taken = 0

  private constructor(handle: FileHandle, file: AsyncBuffer, metadata: FileMetaData, beat: () => void) {
    this.footer = readFooter(metadata)
    this.#handle = handle
    this.#file = file
    this.#metadata = metadata
    this.#revisers = takeDecimals(parquetSchema(metadata))
    this.#codecs = parquetCodecs(beat)
    this.#beat = beat
  }

  /**
   * @param beat called whenever something was read: what does not beat for long is stuck
   * @throws Error if the file cannot be opened or its footer contradicts itself
   */
  static async open(path: string, beat: () => void): Promise<ParquetTable> {
    const handle = await open(path, 'r')
    try {
      const file = await toAsyncBuffer(handle)
      await requirePlainFooter(file)
      const metadata = await parquetMetadataAsync(file, { geoparquet: false })
      return new ParquetTable(handle, file, metadata, beat)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Reads a row group, whose rows {@link takeRows} then gives. @throws Error if it is damaged */
  async readRowGroup(index: number): Promise<void> {
    this.#rows = []
    this.#taken = 0
    const { rowGroups } = this.footer
    const rowStart = rowGroups.slice(0, index).reduce((sum, rows) => sum + rows, 0)
    this.#rows = await this.#read(index, rowStart, rowStart + rowGroups[index]!)
  }

  /** The next rows of the row group, about {@link BATCH_BYTES}; none at its end. */
  takeRows(): ParquetRow[] {
    const taken: ParquetRow[] = []
    for (let bytes = 0; taken.length < BATCH_RECORDS && bytes < BATCH_BYTES && this.#taken < this.#rows.length; ) {
      const row = this.#rows[this.#taken]!
      // what is handed over need not be held any more
      this.#rows[this.#taken++] = undefined as never
      const plain = this.#toPlainRow(row)
      taken.push(plain)
      bytes += 'values' in plain ? sizeOf(plain.values) : 0
    }
    this.#beat()
    return taken
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #read(index: number, rowStart: number, rowEnd: number): Promise<Record<string, unknown>[]> {
    if (!(rowEnd >= rowStart && rowEnd - rowStart <= MAX_ROW_GROUP_ROWS)) {
      throw new Error(`a row group of ${rowEnd - rowStart} rows, where at most ${MAX_ROW_GROUP_ROWS} are read`)
    }
    for (const { meta_data } of this.#metadata.row_groups[index]!.columns) {
      if (!(Number(meta_data?.num_values ?? 0) <= MAX_COLUMN_VALUES)) {
        throw new Error(`a column of ${meta_data?.num_values} values, where at most ${MAX_COLUMN_VALUES} are read`)
      }
    }
    requireMemory(this.#metadata.row_groups[index]!, rowEnd - rowStart, this.footer.columns.length)
    if (rowEnd === rowStart) return []
    const guarded = guardSlices(this.#file)
    try {
      const rows = await parquetReadObjects({
        file: guarded.file,
        metadata: this.#metadata,
        rowStart,
        rowEnd,
        utf8: false, // columns that are not marked as text are left to toPlain
        geoparquet: false,
        compressors: this.#codecs,
        parsers: VALUE_PARSERS,
        onPage: this.#beat,
      })
      if (rows.length !== rowEnd - rowStart) throw new Error(`${rows.length} rows in place of ${rowEnd - rowStart}`)
      return rows
    } finally {
      guarded.abandon()
    }
  }

  #toPlainRow(row: Record<string, unknown>): ParquetRow {
    const fields = Object.entries(row).map(([name, value]) => {
      const revise = this.#revisers.get(name)
      return [name, toJsonValue(revise === undefined ? value : revise(value))] as const
    })
    const invalid = fields.find(([, value]) => value instanceof InvalidText)
    return invalid === undefined ? { values: Object.fromEntries(fields) } : { invalidText: invalid[0] }
  }
}

/**
 * Refuses what would not fit in the thread's heap: running out of it can end the process.
 * @throws Error
 */
function requireMemory(group: FileMetaData['row_groups'][number], rows: number, columns: number): void {
  const limit = 0.7 * getHeapStatistics().heap_size_limit
  const needed = Number(group.total_byte_size ?? 0) + rows * (ROW_BYTES + columns * VALUE_BYTES)
  if (!(needed <= limit)) {
    const [mb, most] = [needed, limit].map((bytes) => Math.floor(bytes / 1e6))
    throw new Error(
      `a row group that needs about ${mb} MB of memory, where at most ${most} MB are there (smaller row groups)`,
    )
  }
}

/** A footer that agrees with itself: hyparquet would fill rows that are not there with nulls. */
function readFooter(metadata: FileMetaData): ParquetFooter {
  const rowGroups = metadata.row_groups.map((group) => Number(group.num_rows))
  const rows = rowGroups.reduce((sum, count) => sum + count, 0)
  if (rows !== Number(metadata.num_rows)) throw new Error(`${metadata.num_rows} rows, but ${rows} in its row groups`)
  const encrypted = metadata.row_groups[0]?.columns.filter((column) => column.crypto_metadata !== undefined) ?? []
  if (encrypted.length > 0) {
    const names = encrypted.map((column) => column.meta_data?.path_in_schema.join('.') ?? '?')
    throw new Error(`encrypted columns (${names.join(', ')})`)
  }
  const columns = parquetSchema(metadata).children.map((child) => child.element.name)
  if (columns.some((name) => typeof name !== 'string')) throw new Error('a column without a name')
  const entries = (metadata.key_value_metadata ?? []).map(({ key, value }) => [String(key), String(value ?? '')])
  return { columns, rowGroups, metadata: Object.fromEntries(entries) }
}

/** @throws Error for a file that is encrypted as a whole, which ends in PARE in place of PAR1 */
async function requirePlainFooter(file: AsyncBuffer): Promise<void> {
  if (file.byteLength < MAGIC.length) return
  const end = Buffer.from(await file.slice(file.byteLength - MAGIC.length)).toString('latin1')
  if (end === MAGIC) throw new Error('an encrypted Parquet file')
}
/** About the bytes of a value in memory. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value.length * 8 : sum(value)
  return sum(Object.values(value))
}

function sum(values: readonly unknown[]): number {
  return values.reduce<number>((total, value) => total + sizeOf(value), 8)
}
