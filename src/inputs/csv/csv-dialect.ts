import { NEWLINE } from '../byte-window.js'
import { CARRIAGE_RETURN, type CsvSigns, parseCsvRecord } from './parse-csv-record.js'

const QUOTE = 0x22
/** In this order where nothing else decides. */
const DELIMITERS = [',', ';', '\t', '|'] as const
const DELIMITER_NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' }

/** A delimiter shows within so much of a file, and so many records. */
const DELIMITER_BYTES = 64 * 1024
const DELIMITER_RECORDS = 50

/** By how a file begins, what separates its lines and columns. @param delimiter the one that was named, or null */
export function findCsvSigns(sample: Buffer, isWhole: boolean, delimiter: string | null, usual: string): CsvSigns {
  const newline = findNewline(sample)
  const head = sample.subarray(0, DELIMITER_BYTES)
  const isAll = isWhole && head.length === sample.length
  const found = delimiter ?? findDelimiter(head, newline, isAll, usual)
  return { delimiter: found.charCodeAt(0), newline }
}

/** A first line by which spreadsheets say the delimiter, and which is no record: `sep=;`. Between quotes, too, as some write it. */
const SEPARATOR_LINE = /^("?)sep=([\t\x20-\x7e])\1(\r\n|\n|\r|$)/i
const SEPARATOR_BYTES = 16

/** The delimiter that a first line says, and the bytes of that line, or null. */
export function readSeparatorLine(sample: Buffer): { readonly delimiter: string; readonly bytes: number } | null {
  const match = SEPARATOR_LINE.exec(sample.toString('latin1', 0, SEPARATOR_BYTES))
  return match === null || match[2] === '"' ? null : { delimiter: match[2]!, bytes: match[0].length }
}

/** As a person calls it. */
export function nameOfDelimiter({ delimiter }: CsvSigns): string {
  const sign = String.fromCharCode(delimiter)
  return DELIMITER_NAMES[sign] ?? JSON.stringify(sign)
}

/** CR alone ends lines (Excel for Macintosh) where no LF stands outside of quotes. */
function findNewline(sample: Buffer): CsvSigns['newline'] {
  let hasReturn = false
  let isQuoted = false
  for (const byte of sample) {
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (byte === NEWLINE) return NEWLINE
    else if (byte === CARRIAGE_RETURN) hasReturn = true
  }
  // a quote that is never closed hides the line ends behind it
  return hasReturn && (!isQuoted || !sample.includes(NEWLINE)) ? CARRIAGE_RETURN : NEWLINE
}

/** The delimiter by which most records have as many columns as the first one, of which there must be two; else the usual one. */
function findDelimiter(head: Buffer, newline: CsvSigns['newline'], isEnd: boolean, usual: string): string {
  let best = { delimiter: usual, share: 0, columns: 1 }
  for (const delimiter of [usual, ...DELIMITERS.filter((each) => each !== usual)]) {
    const widths = widthsBy(head, { delimiter: delimiter.charCodeAt(0), newline }, isEnd)
    const columns = widths[0] ?? 0
    if (columns < 2) continue
    const share = widths.filter((width) => width === columns).length / widths.length
    const isBetter = share > best.share || (share === best.share && columns > best.columns)
    if (isBetter) best = { delimiter, share, columns }
  }
  return best.delimiter
}

/** Columns of the first records that can be read. */
function widthsBy(head: Buffer, signs: CsvSigns, isEnd: boolean): number[] {
  const widths: number[] = []
  for (const fields of readSample(head, signs, isEnd)) {
    widths.push(fields.length)
    if (widths.length >= DELIMITER_RECORDS) break
  }
  return widths
}

/** The records of a file's beginning that can be read; what is broken is passed over, and what is cut off ends it. */
export function* readSample(sample: Buffer, signs: CsvSigns, isEnd: boolean): Generator<string[]> {
  for (let at = 0; at < sample.length; ) {
    const step = parseCsvRecord(sample, at, signs, isEnd)
    if (step.kind === 'unfinished') return
    if (step.kind === 'record') {
      at = step.end
      if (step.fields.length > 1 || step.fields[0] !== '') yield step.fields
    } else {
      const next = sample.indexOf(signs.newline, step.openQuote)
      if (next < 0) return
      at = next + 1
    }
  }
}
