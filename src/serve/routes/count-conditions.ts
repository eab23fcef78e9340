/** Conditions of a Qdrant filter, those within others included. */
export function countConditions(filter: unknown): number {
  if (typeof filter !== 'object' || filter === null) return 0
  const { must, should, must_not, min_should, nested } = filter as Readonly<Record<string, unknown>>
  const lists = [must, should, must_not, (min_should as { conditions?: unknown } | undefined | null)?.conditions]
  let count = countConditions((nested as { filter?: unknown } | undefined | null)?.filter)
  for (const list of lists) {
    const conditions = Array.isArray(list) ? list : [list]
    for (const condition of conditions) count += condition === undefined ? 0 : 1 + countConditions(condition)
  }
  return count
}
