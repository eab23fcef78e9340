import { fieldValue } from './find-field.js'
import { quoteNumbers } from './quote-numbers.js'

/**
 * The digits of a number as they stand in a JSON text, for numbers that float64 would change: `exactNumber('{"id":9007199254740993}', 'id')`
 * is `'9007199254740993'`.
 * @param json a text that JSON.parse takes
 * @param path of a number, see {@link fieldValue}
 */
export function exactNumber(json: string, path: string): string {
  return String(fieldValue(JSON.parse(quoteNumbers(json, () => true)) as object, path))
}
