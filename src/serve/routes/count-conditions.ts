import { isObject } from '../../options.js'

/** Conditions of a Qdrant filter, those within others included. */
export function countFilterConditions(filter: unknown): number {
  if (!isObject(filter)) return 0
  const { must, should, must_not, min_should, nested } = filter
  const lists = [must, should, must_not, (min_should as { conditions?: unknown } | undefined | null)?.conditions]
  let count = countFilterConditions((nested as { filter?: unknown } | undefined | null)?.filter)
  for (const list of lists) {
    const conditions = Array.isArray(list) ? list : [list]
    for (const condition of conditions) count += condition === undefined ? 0 : 1 + countFilterConditions(condition)
  }
  return count
}
