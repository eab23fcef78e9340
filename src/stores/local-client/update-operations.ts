import { isObject, type JsonObject } from '../../options.js'
import {
  clearPayload,
  deletePayload,
  deletePoints,
  deleteVectors,
  overwritePayload,
  setPayload,
  updateVectors,
  upsertPoints,
  type WriteOperation,
} from '../engine/write/write-points.js'
import { describe } from '../request/json-shape.js'
import { malformed } from '../request/refusal.js'

/** The operations of `POST /points/batch` by their names. */
const OPERATIONS: Readonly<Record<string, WriteOperation>> = {
  upsert: upsertPoints,
  delete: deletePoints,
  set_payload: setPayload,
  overwrite_payload: overwritePayload,
  delete_payload: deletePayload,
  clear_payload: clearPayload,
  update_vectors: updateVectors,
  delete_vectors: deleteVectors,
}

/**
 * One element of a batch of updates: its operation and its request.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseUpdateOperation(value: unknown): { operation: WriteOperation; request: JsonObject } {
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
