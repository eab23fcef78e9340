const QUOTE = 0x22
const BACKSLASH = 0x5c
const NUMBER = /-?\d[\d.eE+-]*/y

/**
 * A JSON text with the numbers that are picked in quotes: what JSON.parse then gives are their digits as they were written.
 * @param json a text that JSON.parse takes
 */
export function quoteNumbers(json: string, isPicked: (number: string) => boolean): string {
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
      if (isPicked(number)) {
        parts.push(json.slice(copied, at), `"${number}"`)
        copied = at + number.length
      }
      at += number.length
    } else at++
  }
  return parts.join('') + json.slice(copied)
}

function endOfString(json: string, open: number): number {
  let at = open + 1
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}
