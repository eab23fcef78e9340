/**
 * Largest relative difference of two numbers that are one: a server parses the 16 and 17 digits of a float64 fast, and up to a few units in
 * the last place off (serde_json without `float_roundtrip`).
 */
const FLOAT_NOISE = 2 ** -50

/**
 * Whether a stored payload is the one that was given: as JSON has it, where NaN is null, −0 is 0 and an undefined field is none, and up to the noise of a
 * server's float parser. Whole numbers are compared exactly.
 */
export function isSamePayload(stored: unknown, given: unknown): boolean {
  return isSame(stored ?? {}, JSON.parse(JSON.stringify(given) ?? 'null') ?? {})
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return isSameNumber(a, b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
}

function isSameNumber(a: number, b: number): boolean {
  if (a === b) return true
  if (Number.isSafeInteger(a) || Number.isSafeInteger(b)) return false
  return Math.abs(a - b) <= FLOAT_NOISE * Math.max(Math.abs(a), Math.abs(b))
}
