import type { Payload } from '../../document.js'
import { isMissing, isObject } from '../../options.js'
import { copyJson, setField } from './json-copy.js'
import { expectArray, rejectUnknownFields } from './json-shape.js'
import { type PathStep, type PayloadPath, parsePath } from './payload-path.js'
import { malformed } from './refusal.js'

/** What of a payload an answer carries: null is nothing of it, not even an empty payload. */
export type PayloadSelector = ((payload: Payload) => Payload) | null

/**
 * Parses `with_payload`: a boolean, a list of paths, `{ include }` or `{ exclude }`.
 * @param byDefault what a missing value means
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parsePayloadSelector(value: unknown, byDefault: boolean): PayloadSelector {
  if (isMissing(value)) return byDefault ? keepAll : null
  if (typeof value === 'boolean') return value ? keepAll : null
  if (Array.isArray(value)) return include(value)
  if (isObject(value)) {
    rejectUnknownFields(value, ['include', 'exclude'])
    const isBoth = value.include !== undefined && value.exclude !== undefined
    if (!isBoth && !isMissing(value.include)) return include(expectArray(value.include, 'include'))
    if (!isBoth && !isMissing(value.exclude)) return exclude(expectArray(value.exclude, 'exclude'))
  }
  throw malformed('data did not match any variant of untagged enum WithPayloadInterface')
}

function keepAll(payload: Payload): Payload {
  return copyJson(payload) as Payload
}

function include(keys: readonly unknown[]): PayloadSelector {
  const patterns = keys.map(parsePath)
  return (payload) => select(payload, [], (path) => patterns.some((pattern) => isOnSamePath(pattern, path))) as Payload
}

function exclude(keys: readonly unknown[]): PayloadSelector {
  const patterns = keys.map(parsePath)
  return (payload) => select(payload, [], (path) => !patterns.some((pattern) => startsWith(path, pattern))) as Payload
}

/** One of the paths is the beginning of the other. */
function isOnSamePath(a: PayloadPath, b: PayloadPath): boolean {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false
  return true
}

function startsWith(path: PayloadPath, pattern: PayloadPath): boolean {
  return path.length >= pattern.length && isOnSamePath(path, pattern)
}

/** A copy of the value with only the parts whose path is kept. Elements of an array are all at `[]`. */
function select(value: unknown, path: PathStep[], isKept: (path: PayloadPath) => boolean): unknown {
  if (Array.isArray(value)) {
    const kept: unknown[] = []
    path.push(null)
    for (const element of value) if (isKept(path)) kept.push(select(element, path, isKept))
    path.pop()
    return kept
  }
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    path.push(key)
    if (isKept(path)) setField(kept, key, select(inner, path, isKept))
    path.pop()
  }
  return kept
}
