/** As the server's date library reads numbers: blanks in front of each, fewer digits than usual, a sign before the year. */
const DATE = String.raw`\s*(\d{1,4}|[+-]\d{1,6})-\s*(\d{1,2})-\s*(\d{1,2})`
const CLOCK = String.raw`\s*(\d{1,2}):\s*(\d{1,2})`
const SECONDS = String.raw`:\s*(\d{1,2})(?:\.(\d+))?`
const ZONE = String.raw`\s*(Z|UTC|[+\u2212-]\d{2}(?:[:\s]*\d{2})?)`

const ZONED = new RegExp(`^${DATE}(?:T|\\s)${CLOCK}${SECONDS}${ZONE}$`, 'i')
const LOCAL = new RegExp(`^${DATE}(?:(?:T|\\s)${CLOCK}${SECONDS}|(?:T|\\s)${CLOCK})?$`)

const SECONDS_OF_A_DAY = 86_400

/**
 * Microseconds since 1970 of an RFC 3339 time, or of `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS[.f]]` (UTC where no zone is given).
 * Null where the text is none.
 */
export function parseDatetime(text: string): number | null {
  const zoned = ZONED.exec(text)
  const match = zoned ?? LOCAL.exec(text)
  if (!match) return null
  const [, year, month, day, hour = match[8] ?? '0', minute = match[9] ?? '0', second = '0', fraction = ''] = match
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const zone = zoned ? zoneSeconds(zoned[8]!) : 0
  if (zone === null) return null
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  return (seconds - zone) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

/** Null where the zone is a day or more away, or its minutes are none. */
function zoneSeconds(zone: string): number | null {
  if (/^[zu]/i.test(zone)) return 0
  const digits = zone.slice(1).replace(/[:\s]/g, '').padEnd(4, '0')
  const minutes = Number(digits.slice(2))
  const seconds = Number(digits.slice(0, 2)) * 3600 + minutes * 60
  if (minutes > 59 || seconds >= SECONDS_OF_A_DAY) return null
  return zone.startsWith('+') ? seconds : -seconds
}
