import { isObject, type JsonObject } from '../../options.js'
import * as writes from '../engine/write/write-points.js'
import { describe } from '../request/json-shape.js'
import { malformed } from '../request/refusal.js'

/** The operations of `POST /points/batch` by their names. */
const OPERATIONS: Readonly<Record<string, writes.WriteOperation>> = {
  upsert: writes.upsertPoints,
  delete: writes.deletePoints,
  set_payload: writes.setPayload,
  overwrite_payload: writes.overwritePayload,
  delete_payload: writes.deletePayload,
  clear_payload: writes.clearPayload,
  update_vectors: writes.updateVectors,
  delete_vectors: writes.deleteVectors,
}

/**
 * One element of a batch of updates: its operation and its request.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseUpdateOperation(value: unknown): { operation: writes.WriteOperation; request: JsonObject } {
  if (isObject(value)) {
    const [name, ...more] = Object.keys(value)
    const operation = name === undefined || more.length > 0 ? undefined : OPERATIONS[name]
    const request = name === undefined ? undefined : value[name]
    if (operation && isObject(request)) return { operation, request }
  }
  throw malformed(
    `data did not match any variant of untagged enum UpdateOperation: expected one of ${Object.keys(OPERATIONS).join(', ')}, got ${isObject(value) ? Object.keys(value).join(', ') : describe(value)}`,
  )
}
