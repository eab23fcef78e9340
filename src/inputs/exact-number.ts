import { fieldValue } from './find-field.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NUMBER = /-?\d[\d.eE+-]*/y

/**
 * The digits of a number as they stand in a JSON text, for numbers that float64 would change: `exactNumber('{"id":9007199254740993}', 'id')`
 * is `'9007199254740993'`.
 * @param json a text that JSON.parse takes
 * @param path of a number, see {@link fieldValue}
 */
export function exactNumber(json: string, path: string): string {
  return String(fieldValue(JSON.parse(quoteNumbers(json)) as object, path))
}

/** The JSON text with every number in quotes. */
function quoteNumbers(json: string): string {
  const parts: string[] = []
  let copied = 0
  let at = 0
  while (at < json.length) {
    const unit = json.charCodeAt(at)
    if (unit === QUOTE) {
      at = endOfString(json, at)
    } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      NUMBER.lastIndex = at
      const number = NUMBER.exec(json)![0]
      parts.push(json.slice(copied, at), `"${number}"`)
      at += number.length
      copied = at
    } else at++
  }
  return parts.join('') + json.slice(copied)
}

function endOfString(json: string, open: number): number {
  let at = open + 1
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}
