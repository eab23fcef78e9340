/**
 * Applies `task` to each item with at most `concurrency` under way and gives the results in the order of the items.
 * Nothing is read ahead beyond that, so memory stays bounded by `concurrency` items and results.
 * When the consumer stops early, or a task fails, `cancel` is called and what is under way is awaited before this ends:
 * nothing is left running.
 */
export async function* mapOrdered<In, Out>(
  source: AsyncIterable<In> | Iterable<In>,
  concurrency: number,
  task: (item: In) => Promise<Out>,
  cancel: () => void = () => {},
): AsyncGenerator<Out> {
  const underWay: Promise<Out>[] = []
  try {
    for await (const item of source) {
      const result = task(item)
      // a rejection is seen when its turn comes; until then it must not count as unhandled
      result.catch(() => {})
      underWay.push(result)
      if (underWay.length >= concurrency) yield await underWay.shift()!
    }
    while (underWay.length > 0) yield await underWay.shift()!
  } finally {
    if (underWay.length > 0) cancel()
    await Promise.allSettled(underWay)
  }
}
