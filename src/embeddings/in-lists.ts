/**
 * The items of a stream in lists, each as long as it may be but the last.
 * @param of makes what goes into the lists of an item
 */
export async function* inLists<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  length: number,
  of: (item: T, index: number) => U,
): AsyncGenerator<U[]> {
  let list: U[] = []
  let index = 0
  for await (const item of items) {
    list.push(of(item, index++))
    if (list.length < length) continue
    yield list
    list = []
  }
  if (list.length > 0) yield list
}
