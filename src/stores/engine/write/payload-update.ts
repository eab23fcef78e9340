import type { Payload } from '../../../document.js'
import type { PayloadPath } from '../../request/payload-path.js'
import { NO_PAYLOAD } from '../../table/point-table.js'

/**
 * A copy of the payload with values set, at its top or in the object at a path.
 * A value of null takes its key away; objects on the way are made, what is no object there is replaced by one,
 * and an index past the end of a list does nothing. A point without a payload takes the values as they are, nulls included.
 */
export function setInPayload(payload: Payload, values: Payload, path: PayloadPath | null): Payload {
  if (!path && payload === NO_PAYLOAD) return values
  const copy = structuredClone(payload)
  if (!path) return merge(copy, values)
  return setAt(copy, path, values) as Payload
}

function merge(target: Payload, values: Payload): Payload {
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) delete target[key]
    else target[key] = structuredClone(value)
  }
  return target
}

function setAt(value: unknown, path: PayloadPath, values: Payload): unknown {
  const [step, ...rest] = path
  if (step === undefined) return merge(isPayload(value) ? value : {}, values)
  if (typeof step === 'string') {
    const target = isPayload(value) ? value : {}
    target[step] = setAt(target[step], rest, values)
    return target
  }
  const list = Array.isArray(value) ? value : []
  if (step === null) return list.map((element) => setAt(element, rest, values))
  if (step < list.length) list[step] = setAt(list[step], rest, values)
  return list
}

/** A copy of the payload without the keys at the paths. Elements of a list are never taken away. */
export function deleteFromPayload(payload: Payload, paths: readonly PayloadPath[]): Payload {
  const copy = structuredClone(payload)
  for (const path of paths) deleteAt(copy, path)
  return copy
}

function deleteAt(value: unknown, path: PayloadPath): void {
  const [step, ...rest] = path
  if (typeof step === 'string') {
    if (!isPayload(value) || !Object.hasOwn(value, step)) return
    if (rest.length === 0) delete value[step]
    else deleteAt(value[step], rest)
  } else if (Array.isArray(value) && step !== undefined) {
    if (step === null) for (const element of value) deleteAt(element, rest)
    else if (step < value.length) deleteAt(value[step], rest)
  }
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
