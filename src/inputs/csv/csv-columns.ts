import type { OnNotice } from '../input-notice.js'
import { type InputRecord, type Place, rejectRecord } from '../input-record.js'
import type { Cells, DocumentMapper } from '../mapping/document-mapper.js'
import { type ColumnType, type CsvValue, columnTypes, typedValue } from './csv-values.js'

export interface CsvColumnsOptions {
  readonly file: string
  readonly mapper: DocumentMapper
  /** Values stay text in place of numbers, booleans and null. @default false */
  readonly strings?: boolean | undefined
  readonly onNotice?: OnNotice | undefined
}

/** The columns of a file: their names and what their values are. */
export class CsvColumns {
  readonly #names: readonly string[]
  readonly #options: CsvColumnsOptions
  /** Null where values stay as they are written. */
  readonly #types: readonly ColumnType[] | null
  /** Columns of which it was told that a value is not of their type. */
  readonly #mixed = new Set<string>()

  /** @param records by which types are decided */
  constructor(names: readonly string[], records: Iterable<readonly string[]>, options: CsvColumnsOptions) {
    this.#names = names
    this.#options = options
    this.#types = options.strings === true ? null : columnTypes(names.length, records)
  }

  /** What is not text, in words. */
  describe(): string[] {
    return (['number', 'boolean'] as const).flatMap((type) => {
      const names = this.#names.filter((_, i) => this.#types?.[i] === type)
      const shown = names.slice(0, 8).map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name))
      const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
      return names.length === 0 ? [] : [`${type}s in ${shown.join(', ')}${more}`]
    })
  }

  /** The fields by their names, as they are written. */
  cells(fields: readonly string[]): Cells {
    return Object.fromEntries(this.#names.map((name, i) => [name, fields[i] ?? '']))
  }

  toRecord(fields: readonly string[], place: Place): InputRecord {
    if (fields.length !== this.#names.length) {
      const reason = `Expected ${this.#names.length} columns as in the header, got ${fields.length}; check the quotes and delimiters.`
      return rejectRecord(place, 'WRONG_COLUMN_COUNT', reason)
    }
    const cells = this.cells(fields)
    const record = this.#types === null ? cells : this.#typed(fields, this.#types, place)
    return this.#options.mapper.map(record, place, undefined, cells)
  }

  #typed(fields: readonly string[], types: readonly ColumnType[], place: Place): Record<string, CsvValue> {
    return Object.fromEntries(
      this.#names.map((name, i) => {
        const cell = fields[i]!
        const value = typedValue(cell, types[i]!)
        if (value === undefined) this.#tellMixed(name, cell, types[i]!, place)
        return [name, value === undefined ? cell : value]
      }),
    )
  }

  #tellMixed(name: string, cell: string, type: ColumnType, { file, line }: Place): void {
    if (this.#mixed.has(name)) return
    this.#mixed.add(name)
    const message = `the column "${name}" held ${type}s so far; ${JSON.stringify(cell.slice(0, 40))} on line ${line} stays text (--strings keeps all values text)`
    this.#options.onNotice?.({ kind: 'mixed', file, message })
  }
}

/** Column names, each once: an empty one becomes `column_3`, a second `text` becomes `text_2`. */
export function nameColumns(header: readonly string[]): string[] {
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
