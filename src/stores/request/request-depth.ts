import { malformed } from './refusal.js'

/**
 * Lists and objects inside each other, the request itself counted: as many as the server's JSON reader takes.
 * @see https://docs.rs/serde_json/latest/serde_json/struct.Deserializer.html#method.disable_recursion_limit
 */
export const MAX_REQUEST_DEPTH = 127

/**
 * Refuses what is nested so deep that reading it would overflow the stack, or contains itself. Vectors are not looked through.
 * @param depth at which the value stands in its request
 * @throws StoreError `REQUEST_REFUSED`
 */
export function refuseDeep(value: unknown, depth = 1): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (depth > MAX_REQUEST_DEPTH) {
    throw malformed(
      `recursion limit exceeded: expected at most ${MAX_REQUEST_DEPTH} lists and objects inside each other`,
    )
  }
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'number') for (const element of value) refuseDeep(element, depth + 1)
    return
  }
  for (const key in value) refuseDeep((value as Record<string, unknown>)[key], depth + 1)
}
