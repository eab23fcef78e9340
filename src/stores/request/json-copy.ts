import { malformed } from './refusal.js'

/** A copy of the value that shares nothing with it; the value is plain JSON already. */
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  const copy: Record<string, unknown> = {}
  for (const key in value) setField(copy, key, copyJson((value as Record<string, unknown>)[key]))
  return copy
}

/**
 * A copy of what JSON can say: dates as text, nothing undefined, no functions. What is JSON already is copied without a text.
 * @throws StoreError `REQUEST_REFUSED` for what JSON cannot say
 */
export function toJson(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  // adding 0 makes 0 of −0
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0
  if (Array.isArray(value)) return value.map((element) => (element === undefined ? null : toJson(element)))
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) {
    const text = write(value)
    return text === undefined ? null : JSON.parse(text)
  }
  const copy: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined || typeof field === 'function' || typeof field === 'symbol') continue
    setField(copy, key, toJson(field))
  }
  return copy
}

/** What `JSON.stringify` throws is no error of ours: a BigInt, a value that contains itself, a `toJSON` that fails. */
function write(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const text = `expected a value that JSON can say, got ${typeof value === 'bigint' ? `the BigInt ${value}` : 'one that it cannot'}: ${(cause as Error).message}`
    throw Object.assign(malformed(text), { cause })
  }
}

/** Sets a field of its own, whatever the key. */
export function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, ...OWN_FIELD })
  else target[key] = value
}

const OWN_FIELD = { enumerable: true, configurable: true, writable: true }
