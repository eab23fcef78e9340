import { InputError } from '../../errors.js'
import { quoteNumbers } from '../mapping/quote-numbers.js'

/**
 * A run of digits that may be an integer beyond 2^53, and begins no fraction's digits, or a number that may be beyond float64; also within strings.
 * Without a loop, so that a text of digits alone is looked through once.
 */
const SUSPECT = /(?<![\d.])\d{16}|(?<!\d)\d{309}|[\d.][eE]\+?\d{3}/

const INTEGER = /^-?\d+$/
const LONG_INTEGER = /^-?[1-9]\d{15,}$/

/** What is nested deeper is refused wherever a record is read, and would end the stack here. */
const MAX_LEVELS = 1000

/**
 * What a JSON text says, without a number that is silently another: an integer that float64 cannot hold (beyond ±(2^53 − 1)) becomes a string of its
 * digits, as it does in Parquet, and one that no float64 is near to is refused. Texts without such numbers cost no more than JSON.parse.
 * @throws SyntaxError as JSON.parse does
 * @throws InputError `NUMBER_TOO_LARGE` naming the field
 */
export function parseExactJson(json: string): unknown {
  const value: unknown = JSON.parse(json)
  if (!SUSPECT.test(json)) return value
  const exact: unknown = JSON.parse(quoteNumbers(json, isInexact))
  const path = findInfinity(exact)
  if (path === null) return exact
  const where = path === '' ? '' : ` in the field "${path}"`
  throw new InputError(
    'NUMBER_TOO_LARGE',
    `Expected numbers up to 1.8e308${where}, got a larger one; write it as a string if it is to be kept.`,
  )
}

/** Whether a text is what {@link parseExactJson} makes of an integer that float64 cannot hold. */
export function isLongInteger(value: unknown): value is string {
  return typeof value === 'string' && LONG_INTEGER.test(value) && !Number.isSafeInteger(Number(value))
}

function isInexact(number: string): boolean {
  return INTEGER.test(number) && !Number.isSafeInteger(Number(number))
}

/** Path of the first number that is not finite: names with dots between them, places in brackets; null where there is none. */
function findInfinity(value: unknown, levels = MAX_LEVELS): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : ''
  if (typeof value !== 'object' || value === null || levels === 0) return null
  for (const [key, inner] of Object.entries(value)) {
    const below = findInfinity(inner, levels - 1)
    if (below === null) continue
    const name = Array.isArray(value) ? `[${key}]` : key
    return below === '' || below.startsWith('[') ? name + below : `${name}.${below}`
  }
  return null
}
