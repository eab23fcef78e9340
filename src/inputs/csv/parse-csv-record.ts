import { NEWLINE } from '../byte-window.js'

const QUOTE = 0x22
export const CARRIAGE_RETURN = 0x0d

/** How the records of a file are written, as bytes. */
export interface CsvSigns {
  readonly delimiter: number
  /** LF, before which a CR may stand, or CR alone. */
  readonly newline: typeof NEWLINE | typeof CARRIAGE_RETURN
}

/** A record, or that the bytes end within it, or where and why it cannot be read. `end` is the index after the record's line end. */
export type CsvStep =
  | { readonly kind: 'record'; readonly fields: string[]; readonly end: number }
  | { readonly kind: 'unfinished'; readonly openQuote: number }
  | { readonly kind: 'broken'; readonly openQuote: number; readonly byte: number }

/**
 * Reads one record of RFC 4180 from UTF-8 bytes: fields in quotes may hold delimiters, line ends and doubled quotes.
 * A quote inside a field that does not begin with one is text. Lines end in LF or CRLF, or in CR alone.
 * @param isEnd whether nothing follows `bytes`
 */
export function parseCsvRecord(bytes: Buffer, start: number, signs: CsvSigns, isEnd: boolean): CsvStep {
  const { delimiter, newline } = signs
  const fields: string[] = []
  let at = start
  for (;;) {
    if (bytes[at] === QUOTE) {
      const close = findClosingQuote(bytes, at, isEnd)
      if (close < 0) return { kind: 'unfinished', openQuote: at }
      const raw = bytes.toString('utf8', at + 1, close)
      fields.push(raw.includes('"') ? raw.replaceAll('""', '"') : raw)
      const next = close + 1
      const lineEnd = endOfLine(bytes, next, newline, isEnd)
      if (lineEnd >= 0) return { kind: 'record', fields, end: lineEnd }
      if (next + 1 >= bytes.length && !isEnd) return { kind: 'unfinished', openQuote: at }
      if (bytes[next] !== delimiter) return { kind: 'broken', openQuote: at, byte: bytes[next]! }
      at = next + 1
    } else {
      let end = at
      while (end < bytes.length && bytes[end] !== delimiter && bytes[end] !== newline) end++
      if (end === bytes.length && !isEnd) return { kind: 'unfinished', openQuote: -1 }
      if (bytes[end] === delimiter) {
        fields.push(bytes.toString('utf8', at, end))
        at = end + 1
      } else {
        const isPair = newline === NEWLINE && end > at && bytes[end - 1] === CARRIAGE_RETURN
        const textEnd = isPair ? end - 1 : end
        fields.push(bytes.toString('utf8', at, textEnd))
        return { kind: 'record', fields, end: Math.min(end + 1, bytes.length) }
      }
    }
  }
}

/** Index of the quote that closes the one at `open`, or −1 when it is not in `bytes`, or not known to be it. */
function findClosingQuote(bytes: Buffer, open: number, isEnd: boolean): number {
  let at = bytes.indexOf(QUOTE, open + 1)
  while (at >= 0 && bytes[at + 1] === QUOTE) at = bytes.indexOf(QUOTE, at + 2)
  return at === bytes.length - 1 && !isEnd ? -1 : at
}

/** Index after the line end that stands at `at`, or −1 where there is none. */
function endOfLine(bytes: Buffer, at: number, newline: number, isEnd: boolean): number {
  if (at >= bytes.length) return isEnd ? bytes.length : -1
  if (bytes[at] === newline) return at + 1
  if (bytes[at] !== CARRIAGE_RETURN) return -1
  if (bytes[at + 1] === NEWLINE) return at + 2
  return at + 1 >= bytes.length && isEnd ? bytes.length : -1
}
