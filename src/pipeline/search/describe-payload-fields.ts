import { type Payload, STORED_FIELDS } from '../../document.js'
import type { Store } from '../../stores/store.js'

/** A value of a field, and in how many of the points that were looked at it stands. */
export interface FieldValue {
  readonly value: string | boolean
  readonly count: number
}

/** A field of the payload that a search can be narrowed by: one of its values, or a range of numbers. */
export type PayloadField =
  | { readonly name: string; readonly kind: 'values'; readonly values: readonly FieldValue[] }
  | { readonly name: string; readonly kind: 'range'; readonly least: number; readonly most: number }

export interface PayloadFields {
  /** Points that were looked at. */
  readonly sampled: number
  readonly fields: readonly PayloadField[]
}

const SAMPLED_POINTS = 1_000
/** Fields that are told, and values of one. */
const MAX_FIELDS = 12
const MAX_VALUES = 50
/** A longer value is a text, and no label. */
const MAX_VALUE_LENGTH = 80
const OWN_FIELDS: readonly string[] = Object.values(STORED_FIELDS)

/**
 * The fields by which the points of a collection can be told apart, from the first 1000 points: those with few values, and those with numbers.
 * Ids, texts and what is alike in all points are left out.
 * @throws StoreError `COLLECTION_MISSING`, …
 */
export async function describePayloadFields(store: Pick<Store, 'scroll'>, collection: string): Promise<PayloadFields> {
  const { points } = await store.scroll(collection, { limit: SAMPLED_POINTS })
  const names = new Set(points.flatMap(({ payload }) => Object.keys(payload ?? {})))
  const fields = [...names].flatMap((name) => {
    const field = OWN_FIELDS.includes(name)
      ? null
      : describeField(
          name,
          points.map(({ payload }) => payload ?? {}),
        )
    return field === null ? [] : [field]
  })
  return { sampled: points.length, fields: fields.slice(0, MAX_FIELDS) }
}

function describeField(name: string, payloads: readonly Payload[]): PayloadField | null {
  const values = payloads.flatMap((payload) => [payload[name] ?? []].flat() as unknown[])
  if (values.length > 0 && values.every((value) => typeof value === 'number' && Number.isFinite(value))) {
    const numbers = values as number[]
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    // a number for each point is its id
    const isId =
      Number.isInteger(least) && new Set(numbers).size === payloads.length && most - least < 2 * numbers.length
    return least === most || isId ? null : { name, kind: 'range', least, most }
  }
  const isLabel = (value: unknown) =>
    typeof value === 'boolean' || (typeof value === 'string' && value.length <= MAX_VALUE_LENGTH)
  if (!values.every(isLabel)) return null
  const counts = new Map<string | boolean, number>()
  for (const value of values as (string | boolean)[]) counts.set(value, (counts.get(value) ?? 0) + 1)
  const isTooVaried = counts.size > MAX_VALUES || (counts.size > 3 && counts.size > values.length * 0.6)
  if (counts.size < 2 || isTooVaried) return null
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (String(a) < String(b) ? -1 : 1))
  return { name, kind: 'values', values: sorted.map(([value, count]) => ({ value, count })) }
}
