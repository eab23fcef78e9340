import { isUtf8 } from 'node:buffer'
import { parseExactJson } from '../json/exact-json.js'

/** Stands in for a string that is not UTF-8, so that only its row is rejected. */
export class InvalidText {}

/** How hyparquet makes strings and JSON of bytes, and texts of times that are finer than the milliseconds of a `Date`. */
export const VALUE_PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : (decodeText(bytes) ?? new InvalidText()),
  jsonFromBytes: (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : parseJson(bytes)),
  timestampFromMicroseconds: (micros: bigint) => toIsoTime(micros, 3),
  timestampFromNanoseconds: (nanos: bigint) => toIsoTime(nanos, 6),
}

/**
 * A value as JSON has it: integers that float64 cannot hold as decimal strings, times in ISO 8601, bytes as text or else base64, NaN and infinity as null.
 * An {@link InvalidText} anywhere within stands for the whole.
 */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null) return value ?? null
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return decodeText(value) ?? Buffer.from(value).toString('base64')
  if (value instanceof InvalidText) return value
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>, toJsonValue)
    return items.find((item) => item instanceof InvalidText) ?? items
  }
  const entries = Object.entries(value).map(([name, inner]) => [name, toJsonValue(inner)] as const)
  return entries.find(([, inner]) => inner instanceof InvalidText)?.[1] ?? Object.fromEntries(entries)
}

/**
 * A time since 1970 in ISO 8601, with three digits of a second, or six or nine where it has them; null beyond the years of a `Date`.
 * @param digits that its unit has beyond the milliseconds
 */
function toIsoTime(time: bigint, digits: number): string | null {
  const unit = 10n ** BigInt(digits)
  const rest = ((time % unit) + unit) % unit
  const date = new Date(Number((time - rest) / unit))
  if (Number.isNaN(date.getTime())) return null
  const finer = String(rest)
    .padStart(digits, '0')
    .replace(/(?:000)+$/, '')
  return date.toISOString().replace('Z', `${finer}Z`)
}

function decodeText(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : null
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes)
  if (text === null) return new InvalidText()
  try {
    return parseExactJson(text)
  } catch {
    return text
  }
}
