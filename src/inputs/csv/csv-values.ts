/** What the values of a column are: `number`, `boolean` and `text`, which may be null where a cell is empty. */
export type ColumnType = 'number' | 'boolean' | 'text'
export type CsvValue = string | number | boolean | null

/** Numbers as JSON writes them: `017`, `+1`, `1,5` and `0x1f` are text. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** Digits that every float64 keeps; whole numbers keep more. */
const EXACT_DIGITS = 15
/** In a column of numbers or booleans they stand for a value that is not there. */
const NO_VALUE = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '#n/a'])

/**
 * The types of columns by the first records: a column is of numbers, or of booleans, if every value there is one. A value with leading zeros or
 * with more digits than a number keeps makes its column text.
 */
export function columnTypes(columns: number, records: Iterable<readonly string[]>): ColumnType[] {
  const numbers = Array.from({ length: columns }, () => true)
  const booleans = Array.from({ length: columns }, () => true)
  const values = Array.from({ length: columns }, () => 0)
  for (const fields of records) {
    if (fields.length !== columns) continue
    for (let i = 0; i < columns; i++) {
      const cell = fields[i]!
      if ((!numbers[i] && !booleans[i]) || isNoValue(cell)) continue
      values[i]!++
      numbers[i] &&= toNumber(cell) !== null
      booleans[i] &&= toBoolean(cell) !== null
    }
  }
  return values.map((count, i) => (count === 0 ? 'text' : numbers[i] ? 'number' : booleans[i] ? 'boolean' : 'text'))
}

/** A cell as its column's type has it, or undefined where it is not of that type: then it is to stay as it is written. */
export function typedValue(cell: string, type: ColumnType): CsvValue | undefined {
  if (cell === '') return null
  if (type === 'text') return cell
  const value = type === 'number' ? toNumber(cell) : toBoolean(cell)
  return value ?? (isNoValue(cell) ? null : undefined)
}

/** The number that is written, or null where there is none or a float64 would be another one. */
function toNumber(cell: string): number | null {
  if (cell.length > 40 || !NUMBER.test(cell)) return null
  const value = Number(cell)
  if (!Number.isFinite(value)) return null
  if (/^-?\d+$/.test(cell)) return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : null
  const digits = cell
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
  if (digits.length > EXACT_DIGITS || (value === 0 && digits !== '') || Object.is(value, -0)) return null
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : value
}

function toBoolean(cell: string): boolean | null {
  if (cell.length > 5) return null
  const lower = cell.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : null
}

function isNoValue(cell: string): boolean {
  return cell.length <= 4 && NO_VALUE.has(cell.toLowerCase())
}
